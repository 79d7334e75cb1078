// SPDX-License-Identifier: GPL-2.0
#include "exporter.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <microhttpd.h>

#include "accept.h"
#include "clock.h"
#include "listen.h"
#include "log.h"
#include "scrape.h"

/* Prometheus makes one connection at a time, its admin one or two more. */
#define CONNECTIONS_MAX		32
/* A silent client goes after the first, any other after the second. */
#define SILENCE_SEC		5
#define EXPORTER_LIFE_NS	(15 * 1000000000ULL)
#define SWEEP_MS		1000

static const char front_page[] =
	"<!DOCTYPE html>\n<html lang=\"en\"><title>latency-trackerd</title>\n"
	"<p>latency-trackerd: <a href=\"/metrics\">/metrics</a>\n</html>\n";
static const char not_found[] = "There is nothing here. The metrics are at /metrics.\n";
static const char not_allowed[] = "Only GET and HEAD are answered here.\n";
static const char no_memory[] = "There is no memory for the metrics now.\n";

/* A connection; fd is -1 where there is none. */
struct slot {
	int fd;
	uint64_t since_ns;
};

/* All of it belongs to the exporter's thread while that runs. */
struct lt_exporter {
	struct MHD_Daemon *server;
	const char *state_dir;
	struct lt_paths paths;
	struct slot slots[CONNECTIONS_MAX];
	int stop_fd;		/* constant; written to by who stops it */
	pthread_t thread;	/* who started it only */
};

static enum MHD_Result respond(struct MHD_Connection *connection, unsigned int status,
			       struct MHD_Response *response, const char *type)
{
	enum MHD_Result ret;

	if (!response)
		return MHD_NO;
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
	MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
	ret = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return ret;
}

static enum MHD_Result say(struct MHD_Connection *connection, unsigned int status,
			   const char *text, const char *type)
{
	return respond(connection, status,
		       MHD_create_response_from_buffer(strlen(text), (void *)text,
						       MHD_RESPMEM_PERSISTENT), type);
}

static enum MHD_Result send_metrics(const struct lt_exporter *exporter,
				    struct MHD_Connection *connection)
{
	const char *accept = MHD_lookup_connection_value(connection, MHD_HEADER_KIND,
							 MHD_HTTP_HEADER_ACCEPT);
	enum lt_metrics_format format = lt_accept_format(accept);
	struct MHD_Response *response;
	size_t len;
	char *text = lt_scrape(&exporter->paths, format, exporter->state_dir, &len);

	if (!text)
		return say(connection, MHD_HTTP_SERVICE_UNAVAILABLE, no_memory, "text/plain");
	response = MHD_create_response_from_buffer(len, text, MHD_RESPMEM_MUST_FREE);
	if (!response)
		free(text);
	return respond(connection, MHD_HTTP_OK, response, lt_accept_type(format));
}

/* Called once for each request: what it answers at once is all that it gets. */
static enum MHD_Result on_request(void *arg, struct MHD_Connection *connection, const char *url,
				  const char *method, const char *version, const char *upload,
				  size_t *upload_len, void **state)
{
	(void)version;
	(void)upload;
	(void)upload_len;
	(void)state;
	if (strcmp(method, MHD_HTTP_METHOD_GET) && strcmp(method, MHD_HTTP_METHOD_HEAD))
		return say(connection, MHD_HTTP_METHOD_NOT_ALLOWED, not_allowed, "text/plain");
	if (!strcmp(url, "/metrics"))
		return send_metrics(arg, connection);
	if (!strcmp(url, "/"))
		return say(connection, MHD_HTTP_OK, front_page, "text/html");
	return say(connection, MHD_HTTP_NOT_FOUND, not_found, "text/plain");
}

static struct slot *find_slot(struct lt_exporter *exporter, int fd)
{
	for (int i = 0; i < CONNECTIONS_MAX; i++) {
		if (exporter->slots[i].fd == fd)
			return &exporter->slots[i];
	}
	return NULL;
}

static void on_connection(void *arg, struct MHD_Connection *connection, void **state,
			  enum MHD_ConnectionNotificationCode what)
{
	const union MHD_ConnectionInfo *info;
	struct slot *slot = *state;

	if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
		if (slot)
			slot->fd = -1;
		return;
	}
	info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	slot = find_slot(arg, -1);
	*state = slot;
	if (!slot || !info)
		return;
	slot->fd = info->connect_fd;
	slot->since_ns = lt_clock_mono_ns();
}

/* The server sees the end of a connection that is shut down, and closes it. Return: how many. */
static int sweep(struct lt_exporter *exporter)
{
	uint64_t now = lt_clock_mono_ns();
	int count = 0;

	for (int i = 0; i < CONNECTIONS_MAX; i++) {
		const struct slot *slot = &exporter->slots[i];

		if (slot->fd < 0)
			continue;
		count++;
		if (now - slot->since_ns > EXPORTER_LIFE_NS)
			shutdown(slot->fd, SHUT_RDWR);
	}
	return count;
}

/* Until the next thing to do: for ever without connections. */
static int timeout_ms(struct lt_exporter *exporter)
{
	MHD_UNSIGNED_LONG_LONG ms;
	int limit = sweep(exporter) ? SWEEP_MS : -1;

	if (MHD_get_timeout(exporter->server, &ms) != MHD_YES)
		return limit;
	return limit >= 0 && ms > SWEEP_MS ? limit : (int)(ms < INT_MAX ? ms : INT_MAX);
}

static void *exporter_main(void *arg)
{
	const struct sched_param none = { 0 };
	struct lt_exporter *exporter = arg;
	const union MHD_DaemonInfo *info =
		MHD_get_daemon_info(exporter->server, MHD_DAEMON_INFO_EPOLL_FD);
	struct pollfd fds[] = {
		{ .fd = info->epoll_fd, .events = POLLIN },
		{ .fd = exporter->stop_fd, .events = POLLIN },
	};

	/* Whatever who started us has. */
	pthread_setschedparam(pthread_self(), SCHED_OTHER, &none);
	while (!fds[1].revents) {
		MHD_run(exporter->server);
		if (poll(fds, 2, timeout_ms(exporter)) < 0 && errno != EINTR)
			break;
	}
	return NULL;
}

static struct MHD_Daemon *start_server(struct lt_exporter *exporter, int listen_fd)
{
	return MHD_start_daemon(MHD_USE_EPOLL, 0, NULL, NULL, on_request, exporter,
				MHD_OPTION_LISTEN_SOCKET, listen_fd,
				MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS_MAX,
				MHD_OPTION_CONNECTION_TIMEOUT, SILENCE_SEC,
				MHD_OPTION_NOTIFY_CONNECTION, on_connection, exporter,
				MHD_OPTION_END);
}

static struct lt_exporter *new_exporter(const char *state_dir)
{
	struct lt_exporter *exporter = calloc(1, sizeof(*exporter));

	if (!exporter)
		return NULL;
	lt_paths_init(&exporter->paths);
	exporter->state_dir = state_dir;
	for (int i = 0; i < CONNECTIONS_MAX; i++)
		exporter->slots[i].fd = -1;
	exporter->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (exporter->stop_fd >= 0)
		return exporter;
	free(exporter);
	return NULL;
}

static void free_exporter(struct lt_exporter *exporter)
{
	if (exporter->server)
		MHD_stop_daemon(exporter->server);
	close(exporter->stop_fd);
	free(exporter);
}

static int start_thread(struct lt_exporter *exporter)
{
	int ret = pthread_create(&exporter->thread, NULL, exporter_main, exporter);

	if (!ret)
		pthread_setname_np(exporter->thread, "lt-exporter");
	return ret;
}

static struct lt_exporter *start(int listen_fd, const char *state_dir)
{
	struct lt_exporter *exporter = new_exporter(state_dir);

	if (!exporter) {
		close(listen_fd);
		return NULL;
	}
	exporter->server = start_server(exporter, listen_fd);
	if (!exporter->server)
		close(listen_fd);
	else if (!start_thread(exporter))
		return exporter;
	free_exporter(exporter);
	return NULL;
}

struct lt_exporter *lt_exporter_start(const char *where, const char *state_dir)
{
	struct lt_exporter *exporter;
	int fd = lt_listen(where);

	if (fd < 0)
		return NULL;
	exporter = start(fd, state_dir);
	if (!exporter)
		lt_error("metrics: cannot start the web server: no memory, or no more threads");
	return exporter;
}

void lt_exporter_stop(struct lt_exporter *exporter)
{
	if (!exporter)
		return;
	eventfd_write(exporter->stop_fd, 1);
	pthread_join(exporter->thread, NULL);
	free_exporter(exporter);
}
