// SPDX-License-Identifier: GPL-2.0
/* Is there a relay? With sockets of our own in its place. */
#include "test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "backend.h"
#include "relay.h"

/* A port of the loopback interface, listening or only taken; the socket in @fd. */
static int bind_port(int *fd, bool listens)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(address);

	*fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_true(*fd >= 0);
	assert_int_equal(bind(*fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(getsockname(*fd, (struct sockaddr *)&address, &len), 0);
	if (listens)
		assert_int_equal(listen(*fd, 1), 0);
	return ntohs(address.sin_port);
}

static void test_listens(void **state)
{
	char url[64], why[LT_WHY_MAX] = "";
	int fd, port = bind_port(&fd, true);

	(void)state;
	snprintf(url, sizeof(url), "net://127.0.0.1:%d:1/name", port);
	assert_int_equal(lt_relay_reach(url, why), 0);
	assert_string_equal(why, "");
	close(fd);
}

static void test_refuses(void **state)
{
	char url[64], told[96], why[LT_WHY_MAX] = "";
	int fd, port = bind_port(&fd, false);

	(void)state;
	snprintf(url, sizeof(url), "net://127.0.0.1:%d", port);
	snprintf(told, sizeof(told), "no lttng-relayd answers on 127.0.0.1 port %d: ", port);
	assert_int_equal(lt_relay_reach(url, why), -ECONNREFUSED);
	assert_non_null(strstr(why, told));
	close(fd);
}

/* Two connections that nobody accepts fill the queue; the third gets no answer at all. */
static void test_silent(void **state)
{
	char url[64], why[LT_WHY_MAX] = "";
	int fd, port = bind_port(&fd, true), fds[8];
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port),
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	(void)state;
	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++) {
		fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		connect(fds[i], (struct sockaddr *)&address, sizeof(address));
	}
	snprintf(url, sizeof(url), "net://127.0.0.1:%d", port);
	assert_int_equal(lt_relay_reach(url, why), -ETIMEDOUT);
	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
		close(fds[i]);
	close(fd);
}

static void test_no_host(void **state)
{
	char why[LT_WHY_MAX] = "";

	(void)state;
	assert_int_equal(lt_relay_reach("net://256.256.256.256", why), -EHOSTUNREACH);
	assert_non_null(strstr(why, "256.256.256.256: "));
	assert_int_equal(lt_relay_reach("nonsense", why), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_listens),
		cmocka_unit_test(test_refuses),
		cmocka_unit_test(test_silent),
		cmocka_unit_test(test_no_host),
	};

	return cmocka_run_group_tests_name("relay", tests, NULL, NULL);
}
