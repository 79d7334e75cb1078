// SPDX-License-Identifier: GPL-2.0
/*
 * The fuzzer without libFuzzer: the files of the corpus that are named on the command line,
 * then sequences from a fixed seed. Needs no clang and does the same in every run, so that
 * it can be part of "make check"; to look for more there is "make fuzz".
 */
#include <stdio.h>
#include <stdlib.h>

#include "shim.h"

#define SEQUENCE_MAX	801
#define RANDOM		8000

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

static bool replay(const char *path)
{
	u8 data[4096];
	FILE *file = fopen(path, "rb");
	size_t size;

	if (!file) {
		printf("# cannot open %s\n", path);
		return false;
	}
	size = fread(data, 1, sizeof(data), file);
	fclose(file);
	LLVMFuzzerTestOneInput(data, size);
	return true;
}

int main(int argc, char **argv)
{
	bool ok = argc > 1;
	u64 seed = 1;
	int i;

	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("1..2\n");
	for (i = 1; i < argc; i++)
		ok &= replay(argv[i]);
	printf("%s 1 - fuzz/corpus: %d files\n", ok ? "ok" : "not ok", argc - 1);
	for (i = 0; i < RANDOM; i++) {
		u8 data[SEQUENCE_MAX];
		size_t size = 3 + shim_rand(&seed) % (sizeof(data) - 2), n;

		for (n = 0; n < size; n++)
			data[n] = shim_rand(&seed) >> 56;
		LLVMFuzzerTestOneInput(data, size);
	}
	printf("ok 2 - fuzz/random: %d sequences\n", RANDOM);
	return !ok;
}
