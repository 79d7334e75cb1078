# SPDX-License-Identifier: GPL-2.0
#
# Programs that tests call, for a Makefile to include: "check: $(tools:%=$(BUILD)/have/%)" says which
# one is missing, and the Debian package it is in.
#
# Prometheus without the service that its package starts: apt-get download prometheus, dpkg -x
# prometheus_*.deb DIR, and DIR/usr/bin in the PATH.

package_promtool	:= promtool, in bookworm prometheus
package_prometheus	:= prometheus; tests/host/tools.mk says how to get it without its service
package_setpriv		:= util-linux
has_python3-prometheus-client := /usr/bin/python3 -c "import prometheus_client.openmetrics.parser"

$(BUILD)/have/%:
	@mkdir -p $(@D)
	@$(or $(has_$*),command -v $*) >/dev/null 2>&1 || { \
		echo "$* is missing (Debian package $(or $(package_$*),$*))" >&2; exit 1; }
	@touch $@
