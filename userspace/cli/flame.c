// SPDX-License-Identifier: GPL-2.0
#include "flame.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "output.h"

#define WIDTH		1200
#define MARGIN		10
#define ROW		18
#define HEAD		56
#define LETTER		7.2	/* a letter of the monospaced font, 12 pixels high */
#define LEAST_WIDTH	0.2	/* what is narrower cannot be seen */

struct canvas {
	FILE *out;
	double total;
	unsigned int depth;
};

/* Children are kept in the order of their names, so that the same stacks make the same picture. */
static struct cli_flame *child_of(struct cli_flame *parent, const char *name)
{
	struct cli_flame **at = &parent->child, *node;
	int order = 1;

	while (*at && (order = strcmp((*at)->name, name)) < 0)
		at = &(*at)->sibling;
	if (*at && !order)
		return *at;
	node = calloc(1, sizeof(*node));
	if (node)
		node->name = strdup(name);
	if (!node || !node->name) {
		free(node);
		return NULL;
	}
	node->sibling = *at;
	*at = node;
	return node;
}

int cli_flame_add(struct cli_flame *root, char *text, uint64_t ns, uint64_t count)
{
	struct cli_flame *node = root;
	char *name;

	while (node) {
		node->ns += ns;
		node->count += count;
		name = strsep(&text, ";");
		if (!name)
			return 0;
		node = child_of(node, name);
	}
	return -ENOMEM;
}

void cli_flame_free(struct cli_flame *root)
{
	struct cli_flame *child = root->child, *next;

	for (; child; child = next) {
		next = child->sibling;
		cli_flame_free(child);
		free(child->name);
		free(child);
	}
	root->child = NULL;
	root->ns = 0;
	root->count = 0;
}

static unsigned int depth_of(const struct cli_flame *node)
{
	unsigned int deepest = 0, depth;

	for (const struct cli_flame *child = node->child; child; child = child->sibling) {
		depth = depth_of(child);
		if (depth > deepest)
			deepest = depth;
	}
	return deepest + 1;
}

static void put_text(FILE *out, const char *text, size_t len)
{
	for (size_t i = 0; i < len && text[i]; i++) {
		switch (text[i]) {
		case '&':
			fputs("&amp;", out);
			break;
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		default:
			putc(text[i], out);
		}
	}
}

/* Blues, which stand for time off the CPU; the same for a name wherever it is (FNV-1a). */
static void put_colour(FILE *out, const char *name)
{
	uint32_t hash = 2166136261u;

	for (; *name; name++)
		hash = (hash ^ (unsigned char)*name) * 16777619u;
	fprintf(out, "hsl(%u,%u%%,%u%%)", 190 + hash % 40, 55 + (hash >> 8) % 20,
		66 + (hash >> 16) % 14);
}

/* As much of a name as the frame has room for; the script does the same after a click. */
static void put_label(FILE *out, const char *name, double width)
{
	size_t room = width > 2 * LETTER ? (size_t)((width - 4) / LETTER) : 0;

	if (room < 3)
		return;
	if (strlen(name) <= room) {
		put_text(out, name, room);
	} else {
		put_text(out, name, room - 2);
		fputs("..", out);
	}
}

static void write_frame(const struct canvas *canvas, const struct cli_flame *node, uint64_t before,
			unsigned int level)
{
	double x = MARGIN + (WIDTH - 2 * MARGIN) * (before / canvas->total);
	double width = (WIDTH - 2 * MARGIN) * (node->ns / canvas->total);
	unsigned int y = HEAD + (canvas->depth - level - 1) * ROW;
	FILE *out = canvas->out;
	char time[CLI_TEXT_MAX];

	if (width < LEAST_WIDTH)
		return;
	fprintf(out, "<g class=\"f\" data-x=\"%.7f\" data-w=\"%.7f\" data-l=\"%u\" data-n=\"",
		before / canvas->total, node->ns / canvas->total, level);
	put_text(out, node->name, SIZE_MAX);
	fputs("\"><title>", out);
	put_text(out, node->name, SIZE_MAX);
	fprintf(out, " (%s in %" PRIu64 " hit%s, %.2f %%)</title><rect x=\"%.2f\" y=\"%u\" "
		"width=\"%.2f\" height=\"%u\" fill=\"", cli_duration(node->ns, time), node->count,
		node->count == 1 ? "" : "s", 100 * (node->ns / canvas->total), x, y, width, ROW - 1);
	put_colour(out, node->name);
	fprintf(out, "\"/><text x=\"%.2f\" y=\"%u\">", x + 3, y + ROW - 5);
	put_label(out, node->name, width);
	fputs("</text></g>\n", out);
	for (const struct cli_flame *child = node->child; child; child = child->sibling) {
		write_frame(canvas, child, before, level + 1);
		before += child->ns;
	}
}

static const char script[] =
	"(function () {\n"
	"  'use strict';\n"
	"  var svg = document.documentElement;\n"
	"  var frames = Array.prototype.slice.call(svg.querySelectorAll('.f'));\n"
	"  var inner = WIDTH - 2 * MARGIN, found = svg.querySelector('#found');\n"
	"  function part(f, name) { return parseFloat(f.getAttribute('data-' + name)); }\n"
	"  function fit(name, width) {\n"
	"    var room = Math.floor((width - 4) / LETTER);\n"
	"    if (room < 3) return '';\n"
	"    return name.length <= room ? name : name.slice(0, room - 2) + '..';\n"
	"  }\n"
	"  function place(f, x, width) {\n"
	"    var rect = f.querySelector('rect'), text = f.querySelector('text');\n"
	"    f.style.display = width < 0.2 ? 'none' : '';\n"
	"    rect.setAttribute('x', x);\n"
	"    rect.setAttribute('width', Math.max(width, 0));\n"
	"    text.setAttribute('x', x + 3);\n"
	"    text.textContent = fit(f.getAttribute('data-n'), width);\n"
	"  }\n"
	"  function enlarge(to) {\n"
	"    var x = part(to, 'x'), w = part(to, 'w'), level = part(to, 'l'), rounding = 1e-6;\n"
	"    frames.forEach(function (f) {\n"
	"      var fx = part(f, 'x'), fw = part(f, 'w'), below = part(f, 'l') < level;\n"
	"      f.style.opacity = below ? 0.5 : 1;\n"
	"      if (below && fx <= x + rounding && fx + fw >= x + w - rounding)\n"
	"        place(f, MARGIN, inner);\n"
	"      else if (!below && fx >= x - rounding && fx + fw <= x + w + rounding)\n"
	"        place(f, MARGIN + inner * (fx - x) / w, inner * fw / w);\n"
	"      else\n"
	"        place(f, 0, 0);\n"
	"    });\n"
	"  }\n"
	"  function search() {\n"
	"    var term = window.prompt('Frames whose name matches (regular expression):', '');\n"
	"    var sum = 0, end = 0, pattern;\n"
	"    if (term === null) return;\n"
	"    try { pattern = new RegExp(term); } catch (e) { found.textContent = e.message; return; }\n"
	"    frames.slice().sort(function (a, b) {\n"
	"      return part(a, 'x') - part(b, 'x') || part(a, 'l') - part(b, 'l');\n"
	"    }).forEach(function (f) {\n"
	"      var hit = term !== '' && pattern.test(f.getAttribute('data-n'));\n"
	"      f.classList.toggle('hit', hit);\n"
	"      /* A frame above another that matches is counted with that one. */\n"
	"      if (hit && part(f, 'x') + part(f, 'w') > end + 1e-6) {\n"
	"        sum += part(f, 'x') + part(f, 'w') - Math.max(end, part(f, 'x'));\n"
	"        end = part(f, 'x') + part(f, 'w');\n"
	"      }\n"
	"    });\n"
	"    found.textContent = term === '' ? '' : (100 * sum).toFixed(2) + ' % match';\n"
	"  }\n"
	"  frames.forEach(function (f) {\n"
	"    f.addEventListener('click', function () { enlarge(f); });\n"
	"  });\n"
	"  svg.querySelector('#search').addEventListener('click', search);\n"
	"  svg.querySelector('#reset').addEventListener('click', function () { enlarge(frames[0]); });\n"
	"}());\n";

static void write_head(const struct canvas *canvas, const char *title)
{
	unsigned int height = HEAD + canvas->depth * ROW + MARGIN;
	FILE *out = canvas->out;

	fprintf(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %u %u\" width=\"%u\" "
		"height=\"%u\" font-family=\"monospace\" font-size=\"12\">\n"
		"<style>\n"
		".f { cursor: pointer }\n"
		".f:hover rect { stroke: #000 }\n"
		".hit rect { fill: #e8a0d8 }\n"
		".f text { pointer-events: none }\n"
		".button { cursor: pointer; fill: #0645ad }\n"
		"</style>\n"
		"<rect width=\"100%%\" height=\"100%%\" fill=\"#fbfbfb\"/>\n"
		"<text x=\"%u\" y=\"24\" font-size=\"16\">", WIDTH, height, WIDTH, height, MARGIN);
	put_text(out, title, SIZE_MAX);
	fprintf(out, "</text>\n"
		"<text x=\"%u\" y=\"44\" id=\"reset\" class=\"button\">all</text>\n"
		"<text x=\"%u\" y=\"44\" id=\"search\" class=\"button\">search</text>\n"
		"<text x=\"%u\" y=\"44\" id=\"found\"></text>\n", MARGIN, MARGIN + 40,
		MARGIN + 110);
}

void cli_flame_write(const struct cli_flame *root, FILE *out, const char *title)
{
	struct canvas canvas = {
		.out = out,
		.total = root->ns ? root->ns : 1,
		.depth = depth_of(root),
	};

	write_head(&canvas, title);
	write_frame(&canvas, root, 0, 0);
	fprintf(out, "<script><![CDATA[\nvar WIDTH = %u, MARGIN = %u, LETTER = %g;\n%s]]></script>\n"
		"</svg>\n", WIDTH, MARGIN, LETTER, script);
}
