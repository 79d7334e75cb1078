/* SPDX-License-Identifier: GPL-2.0 */
/* Signatures of modules: whether the kernel asks for them, and which keys it trusts. */
#ifndef LT_SIGNING_H
#define LT_SIGNING_H

#include <stdbool.h>

#include "paths.h"

/* The certificate of the key that DKMS makes, and signs what it builds with. */
#define LT_SIGNING_CERT "/var/lib/dkms/mok.pub"

/**
 * lt_signing_enforced() - whether the kernel refuses modules without a signature that it trusts
 * @paths: see lt_paths_init()
 *
 * It does so where it is locked down, as with Secure Boot, and with module.sig_enforce.
 */
bool lt_signing_enforced(const struct lt_paths *paths);

/**
 * lt_signing_trusted() - whether the kernel trusts the key of a certificate
 * @paths: see lt_paths_init()
 * @cert: file with the certificate, as DER
 *
 * Only root sees the keys of the kernel.
 *
 * Return: 1 or 0; -ENOENT when there is no certificate, -ENODATA when it has no key identifier,
 * -EOPNOTSUPP when the kernel does not list keys, another negative errno when it or the list
 * cannot be read.
 */
int lt_signing_trusted(const struct lt_paths *paths, const char *cert);

#endif /* LT_SIGNING_H */
