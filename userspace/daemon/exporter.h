/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The web server that Prometheus scrapes.
 *
 * One thread of its own at normal priority answers one request after the other; it shares only
 * lt_counts with the others, so a scrape delays neither hits nor snapshots. Each connection is
 * for one request and lives EXPORTER_LIFE_NS at most, whatever the client sends or does not.
 */
#ifndef LT_EXPORTER_H
#define LT_EXPORTER_H

struct lt_exporter;

/**
 * lt_exporter_start() - listen and start the thread
 * @where: as for lt_address_parse()
 * @state_dir: directory whose snapshots become exemplars; outlives the exporter
 *
 * After the signals are blocked, so that the thread gets none of them. Logs where it listens, or
 * what is in the way and what to do.
 *
 * Return: a handle for lt_exporter_stop(), or NULL.
 */
struct lt_exporter *lt_exporter_start(const char *where, const char *state_dir);

/** lt_exporter_stop() - end the thread, close all connections; NULL is fine */
void lt_exporter_stop(struct lt_exporter *exporter);

#endif /* LT_EXPORTER_H */
