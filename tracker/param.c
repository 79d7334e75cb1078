// SPDX-License-Identifier: GPL-2.0
/*
 * Parameters of probes: checked before they are taken, at load and at run time.
 *
 * The kernel only warns of a parameter that a module does not know and loads it all
 * the same. An operator who mistypes a filter would then trace the wrong thing, so
 * a module notifier looks at the names before the kernel does and refuses the load.
 */
#include <linux/ctype.h>
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/moduleparam.h>
#include <linux/notifier.h>
#include <linux/string.h>

#include "core.h"

/* Parameters that the kernel itself handles for every module. */
static const char * const lt_generic_params[] = { "dyndbg", "async_probe" };

/* As the kernel compares them: '-' and '_' are the same. */
static bool lt_same_name(const char *name, size_t len, const char *known)
{
	size_t i;

	for (i = 0; i < len; i++)
		if ((name[i] == '-' ? '_' : name[i]) != (known[i] == '-' ? '_' : known[i]))
			return false;
	return !known[len];
}

static bool lt_param_known(const struct module *mod, const char *name, size_t len)
{
	unsigned int i;

	for (i = 0; i < mod->num_kp; i++)
		if (lt_same_name(name, len, mod->kp[i].name))
			return true;
	for (i = 0; i < ARRAY_SIZE(lt_generic_params); i++)
		if (lt_same_name(name, len, lt_generic_params[i]))
			return true;
	return false;
}

static int lt_param_unknown(const struct module *mod, const char *name, size_t len)
{
	char known[512];
	size_t n = 0;
	unsigned int i;

	known[0] = '\0';
	for (i = 0; i < mod->num_kp; i++)
		n += scnprintf(known + n, sizeof(known) - n, " %s", mod->kp[i].name);
	pr_err("%s: unknown parameter '%.*s'; accepted are%s\n", mod->name,
	       (int)min_t(size_t, len, 64), name, known);
	return -EINVAL;
}

/* Check the names in "name=value name=value ..."; either may be quoted. */
static int lt_params_scan(const struct module *mod, const char *args)
{
	for (args = skip_spaces(args); *args; args = skip_spaces(args)) {
		bool quoted = false;
		const char *name = args + (*args == '"');
		size_t len = strcspn(name, "= \t\n\"");

		if (!strncmp(name, "--", 2) && len == 2)
			return 0;
		if (!lt_param_known(mod, name, len))
			return lt_param_unknown(mod, name, len);
		for (; *args && (quoted || !isspace(*args)); args++)
			if (*args == '"')
				quoted = !quoted;
	}
	return 0;
}

/* A module of ours is about to be loaded: its parameters have not been parsed yet. */
static int lt_module_notify(struct notifier_block *nb, unsigned long state, void *data)
{
	struct module *mod = data;

	if (state != MODULE_STATE_COMING || !mod->args ||
	    strncmp(mod->name, LT_MODULE_PREFIX, strlen(LT_MODULE_PREFIX)))
		return NOTIFY_OK;
	return notifier_from_errno(lt_params_scan(mod, mod->args));
}

static struct notifier_block lt_module_nb = { .notifier_call = lt_module_notify };

int lt_params_init(void)
{
	return register_module_notifier(&lt_module_nb);
}

void lt_params_exit(void)
{
	unregister_module_notifier(&lt_module_nb);
}

static int lt_param_set_str(const struct latency_tracker_param *param, const char *val,
			    const struct kernel_param *kp)
{
	size_t len = strcspn(val, "\n");

	if (len >= param->size) {
		pr_err("%s: %s: '%.*s' is longer than %u characters\n", kp->mod->name, kp->name,
		       (int)min_t(size_t, len, 64), val, param->size - 1);
		return -EINVAL;
	}
	memset(param->value, 0, param->size);
	memcpy(param->value, val, len);
	return 0;
}

static int lt_param_set_u64(const struct latency_tracker_param *param, const char *val,
			    const struct kernel_param *kp)
{
	u64 value;

	if (kstrtoull(val, 10, &value) || value < param->min || value > param->max) {
		pr_err("%s: %s: '%.*s' is not a whole number from %llu to %llu\n", kp->mod->name,
		       kp->name, (int)min_t(size_t, strcspn(val, "\n"), 64), val, param->min,
		       param->max);
		return -EINVAL;
	}
	WRITE_ONCE(*(u64 *)param->value, value);
	return 0;
}

static int lt_param_set(const char *val, const struct kernel_param *kp)
{
	const struct latency_tracker_param *param = kp->arg;
	int err;

	if (param->size)
		err = lt_param_set_str(param, val, kp);
	else
		err = lt_param_set_u64(param, val, kp);
	if (!err && param->probe && param->probe->tracker)
		lt_probe_apply(param->probe);
	return err;
}

static int lt_param_get(char *buf, const struct kernel_param *kp)
{
	const struct latency_tracker_param *param = kp->arg;

	if (param->size)
		return scnprintf(buf, PAGE_SIZE, "%s\n", (const char *)param->value);
	return scnprintf(buf, PAGE_SIZE, "%llu\n", *(u64 *)param->value);
}

const struct kernel_param_ops latency_tracker_param_ops = {
	.set = lt_param_set,
	.get = lt_param_get,
};
EXPORT_SYMBOL_GPL(latency_tracker_param_ops);
