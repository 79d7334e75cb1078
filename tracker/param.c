// SPDX-License-Identifier: GPL-2.0
/*
 * Parameters of probes: checked before they are taken, at load and at run time.
 *
 * The kernel only warns of a parameter that a module does not know and loads it all
 * the same. An operator who mistypes a filter would then trace the wrong thing, so
 * a module notifier looks at the names before the kernel does and refuses the load.
 */
#include <linux/cgroup.h>
#include <linux/cpumask.h>
#include <linux/ctype.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/moduleparam.h>
#include <linux/notifier.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "compat/module.h"
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
	char *args;
	int err;

	if (state != MODULE_STATE_COMING ||
	    strncmp(mod->name, LT_MODULE_PREFIX, strlen(LT_MODULE_PREFIX)))
		return NOTIFY_OK;
	args = lt_module_args(mod);
	if (IS_ERR_OR_NULL(args))
		return notifier_from_errno(PTR_ERR_OR_ZERO(args));
	err = lt_params_scan(mod, args);
	kfree(args);
	return notifier_from_errno(err);
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

/**
 * latency_tracker_parse_names() - a filter by a list of names
 * @param: its data is a struct latency_tracker_names
 * @val:   names, separated by commas; empty: no filter
 *
 * Return: 0, or -EINVAL for a name that does not exist.
 */
int latency_tracker_parse_names(const struct latency_tracker_param *param, const char *val)
{
	struct latency_tracker_names *names = param->data;
	u64 mask = 0;
	unsigned int i;

	for (; *val; val += *val == ',') {
		size_t len = strcspn(val, ",");

		for (i = 0; i < names->nr; i++)
			if (names->names[i] && strlen(names->names[i]) == len &&
			    !strncmp(names->names[i], val, len))
				break;
		if (i == names->nr)
			return -EINVAL;
		mask |= 1ULL << i;
		val += len;
	}
	WRITE_ONCE(names->mask, mask);
	return 0;
}
EXPORT_SYMBOL_GPL(latency_tracker_parse_names);

/**
 * latency_tracker_parse_cpus() - the filter by CPU
 * @param: its data is the probe
 * @val:   list of CPUs; empty: no filter
 *
 * Hooks that run meanwhile may see a part of the old list and a part of the new one.
 * Return: 0, or -EINVAL for a list that is none, or of CPUs that do not exist.
 */
int latency_tracker_parse_cpus(const struct latency_tracker_param *param, const char *val)
{
	struct latency_tracker_probe *probe = param->data;
	cpumask_var_t cpus;
	int err = 0;

	if (!alloc_cpumask_var(&cpus, GFP_KERNEL))
		return -ENOMEM;
	if (*val && (cpulist_parse(val, cpus) || cpumask_empty(cpus)))
		err = -EINVAL;
	else if (*val)
		cpumask_copy(&probe->cpus, cpus);
	free_cpumask_var(cpus);
	return err;
}
EXPORT_SYMBOL_GPL(latency_tracker_parse_cpus);

#ifdef CONFIG_CGROUPS
/* Let go of a cgroup that hooks may be looking at. */
static void lt_cgroup_drop(struct cgroup *cgroup)
{
	if (!cgroup)
		return;
	synchronize_rcu();
	cgroup_put(cgroup);
}

/**
 * latency_tracker_parse_cgroup() - the filter by cgroup
 * @param: its data is the probe
 * @val:   path from the root of the default hierarchy; empty: no filter
 *
 * Return: 0, or -EINVAL for a cgroup that does not exist.
 */
int latency_tracker_parse_cgroup(const struct latency_tracker_param *param, const char *val)
{
	struct latency_tracker_probe *probe = param->data;
	struct cgroup *cgroup = NULL;

	if (*val) {
		cgroup = *val == '/' ? cgroup_get_from_path(val) : NULL;
		if (IS_ERR_OR_NULL(cgroup))
			return -EINVAL;
	}
	/* The module's parameter lock is held. */
	lt_cgroup_drop(rcu_replace_pointer(probe->cgroup, cgroup, true));
	return 0;
}

/* The module is going, its hooks are detached; or it was not even loaded. */
static void lt_param_free(void *arg)
{
	const struct latency_tracker_param *param = arg;
	struct latency_tracker_probe *probe = param->probe;

	if (param->parse == latency_tracker_parse_cgroup)
		lt_cgroup_drop(rcu_replace_pointer(probe->cgroup, NULL, true));
}
#else
int latency_tracker_parse_cgroup(const struct latency_tracker_param *param, const char *val)
{
	return *val ? -EINVAL : 0;
}

static void lt_param_free(void *arg)
{
}
#endif
EXPORT_SYMBOL_GPL(latency_tracker_parse_cgroup);

static int lt_param_set_str(const struct latency_tracker_param *param, const char *val,
			    const struct kernel_param *kp)
{
	size_t len = strcspn(val, "\n");
	char *text;
	int err = 0;

	if (len >= param->size) {
		pr_err("%s: %s: '%.*s' is longer than %u characters\n", kp->mod->name, kp->name,
		       (int)min_t(size_t, len, 64), val, param->size - 1);
		return -EINVAL;
	}
	text = kzalloc(param->size, GFP_KERNEL);
	if (!text)
		return -ENOMEM;
	memcpy(text, val, len);
	if (param->parse)
		err = param->parse(param, text);
	if (err)
		pr_err("%s: %s: '%.64s' is not %s\n", kp->mod->name, kp->name, text,
		       param->expect);
	else
		memcpy(param->value, text, param->size);
	kfree(text);
	return err;
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
	.free = lt_param_free,
};
EXPORT_SYMBOL_GPL(latency_tracker_param_ops);
