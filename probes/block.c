// SPDX-License-Identifier: GPL-2.0
/*
 * Block I/O: from the insertion of a request into a queue (or its issue, where it is
 * issued directly) to its completion. Devices without requests of their own (device
 * mapper, md, zram) are tracked by bio, from submission to completion.
 *
 * Stages: queue (insert to issue) and device (issue to complete). A partial
 * completion does not end a request, a requeued one goes on, a merged one is
 * cancelled: its data travels with another. A bio that a stacked device hands on as
 * it is (raid0, NVMe multipath) is cancelled too: its completion belongs to the
 * device below.
 */
#include "latency_tracker.h"
#include "compat/blkdev.h"

#define BLOCK_STAGE_ISSUE	0

#define BLOCK_REQ(op)		((__force u32)REQ_OP_##op)
#define BLOCK_FLAG(flag)	((__force u32)REQ_##flag)

/**
 * struct block_io - what is noted of an operation when it begins
 * @sector:   first one, of 512 bytes
 * @bytes:    length
 * @opf:      operation and flags, REQ_*
 * @dev:      device number
 * @bio:      tracked by bio, not by request
 * @requeued: went back into the queue, its next insertion is no begin
 * @disk:     name, cut to fit
 */
struct block_io {
	u64 sector;
	u32 bytes;
	u32 opf;
	u32 dev;
	u8 bio;
	u8 requeued;
	char disk[10];
};

static_assert(sizeof(struct block_io) <= LATENCY_TRACKER_PRIV_INLINE);

/* A requeue has been seen since the module was loaded; few machines ever see one. */
static bool block_requeues;

enum block_op {
	BLOCK_READ,
	BLOCK_WRITE,
	BLOCK_FLUSH,
	BLOCK_DISCARD,
	BLOCK_SECURE_ERASE,
	BLOCK_WRITE_ZEROES,
	BLOCK_ZONE_APPEND,
	BLOCK_DRV_IN,
	BLOCK_DRV_OUT,
	BLOCK_OTHER,
	BLOCK_OPS,
};

static const char * const block_op_names[BLOCK_OPS] = {
	"read", "write", "flush", "discard", "secure_erase", "write_zeroes", "zone_append",
	"drv_in", "drv_out", "other",
};

static enum block_op block_op(u32 opf)
{
	switch (opf & (__force u32)REQ_OP_MASK) {
	case BLOCK_REQ(READ):
		return BLOCK_READ;
	case BLOCK_REQ(WRITE):
		return BLOCK_WRITE;
	case BLOCK_REQ(FLUSH):
		return BLOCK_FLUSH;
	case BLOCK_REQ(DISCARD):
		return BLOCK_DISCARD;
	case BLOCK_REQ(SECURE_ERASE):
		return BLOCK_SECURE_ERASE;
	case BLOCK_REQ(WRITE_ZEROES):
		return BLOCK_WRITE_ZEROES;
	case BLOCK_REQ(ZONE_APPEND):
		return BLOCK_ZONE_APPEND;
	case BLOCK_REQ(DRV_IN):
		return BLOCK_DRV_IN;
	case BLOCK_REQ(DRV_OUT):
		return BLOCK_DRV_OUT;
	}
	return BLOCK_OTHER;
}

/* The letters that blktrace uses. */
static void block_flags(u32 opf, char *out)
{
	char *p = out;

	if (opf & BLOCK_FLAG(PREFLUSH))
		*p++ = 'F';
	if (opf & BLOCK_FLAG(FUA))
		*p++ = 'U';
	if (opf & BLOCK_FLAG(RAHEAD))
		*p++ = 'A';
	if (opf & BLOCK_FLAG(SYNC))
		*p++ = 'S';
	if (opf & BLOCK_FLAG(META))
		*p++ = 'M';
	if (p == out)
		*p++ = '-';
	*p = '\0';
}

static void block_format(struct latency_tracker_text *text, const struct latency_tracker_hit *hit)
{
	const struct block_io *io = latency_tracker_event_priv(hit->tracker, hit->event);
	char flags[8];

	block_flags(io->opf, flags);
	latency_tracker_text_dev(text, "dev", MAJOR(io->dev), MINOR(io->dev));
	latency_tracker_text_str(text, "disk", io->disk);
	latency_tracker_text_u64(text, "sector", io->sector);
	latency_tracker_text_u64(text, "bytes", io->bytes);
	latency_tracker_text_str(text, "op", block_op_names[block_op(io->opf)]);
	latency_tracker_text_str(text, "flags", flags);
	if (!io->bio)
		latency_tracker_text_stages(text, hit);
	latency_tracker_text_str(text, "kind", io->bio ? "bio" : "rq");
}

static const char * const block_stage_names[] = { "queue", "device" };

static void block_format_dev(char *buf, size_t size, u64 dev)
{
	snprintf(buf, size, "%u:%u", MAJOR((u32)dev), MINOR((u32)dev));
}

static void block_format_op(char *buf, size_t size, u64 op)
{
	strscpy(buf, block_op_names[op], size);
}

enum { BLOCK_DIM_DEV, BLOCK_DIM_OP };

static const struct latency_tracker_dim block_dims[] = {
	[BLOCK_DIM_DEV] = { .name = "dev", .series = 32, .format = block_format_dev },
	[BLOCK_DIM_OP] = { .name = "op", .series = BLOCK_OPS, .dense = true,
			   .format = block_format_op },
};

enum {
	BLOCK_FILTER_DEV = LATENCY_TRACKER_FILTER_OWN,
	BLOCK_FILTER_OP,
	BLOCK_FILTER_MIN_BYTES,
};

static const char * const block_filters[] = { "dev", "op", "min_bytes", NULL };

#define BLOCK_DEVS	16

/* The filter by device: in use if there is at least one; written with the parameter. */
static struct {
	unsigned int nr;
	char name[BLOCK_DEVS][DISK_NAME_LEN];
} block_devs;

static struct latency_tracker_names block_ops = { .names = block_op_names, .nr = BLOCK_OPS };
static u64 block_min_bytes;

static void block_apply(struct latency_tracker_probe *probe)
{
	WRITE_ONCE(probe->own_filtering, block_devs.nr || block_ops.mask || block_min_bytes);
}

static struct latency_tracker_probe block = {
	.config = {
		.name = "block",
		.owner = THIS_MODULE,
		.key_size = sizeof(u64),
		.priv_size = sizeof(struct block_io),
		.stages = 1,
		.stage_names = block_stage_names,
		.dims = block_dims,
		.nr_dims = ARRAY_SIZE(block_dims),
		.format = block_format,
	},
	.filters = block_filters,
	.apply = block_apply,
	.set = {
		.threshold_us = 10000,
		.max_events = 65536,
		.rate_limit_ms = 1000,
		.enabled = 1,
		.gc_ms = 600000,
	},
};

static bool block_dev_listed(const struct gendisk *disk)
{
	unsigned int i, nr = READ_ONCE(block_devs.nr);
	char number[24];

	snprintf(number, sizeof(number), "%u:%u", MAJOR(disk_devt((struct gendisk *)disk)),
		 MINOR(disk_devt((struct gendisk *)disk)));
	for (i = 0; i < nr; i++)
		if (!strcmp(block_devs.name[i], disk->disk_name) ||
		    !strcmp(block_devs.name[i], number))
			return true;
	return false;
}

/* Disks need not exist yet: any name will do. */
static int block_parse_devs(const struct latency_tracker_param *param, const char *val)
{
	const char *p = val;
	unsigned int nr;

	for (nr = 0; *p; nr++) {
		size_t len = strcspn(p, ",");

		if (nr == BLOCK_DEVS || !len || len >= DISK_NAME_LEN)
			return -EINVAL;
		p += len;
		if (*p == ',' && !*++p)
			return -EINVAL;
	}
	/* Nobody looks at the list while it changes; there is none for a moment. */
	WRITE_ONCE(block_devs.nr, 0);
	tracepoint_synchronize_unregister();
	for (nr = 0, p = val; *p; nr++) {
		size_t len = strcspn(p, ",");

		strscpy(block_devs.name[nr], p, len + 1);
		p += len + (p[len] == ',');
	}
	/* Pairs with the control dependency in block_dev_listed(). */
	smp_store_release(&block_devs.nr, nr);
	return 0;
}

static noinline bool block_filter(struct gendisk *disk, u32 opf, u32 bytes)
{
	if (READ_ONCE(block_devs.nr) && !(disk && block_dev_listed(disk)))
		return latency_tracker_probe_reject(&block, BLOCK_FILTER_DEV);
	if (!latency_tracker_names_want(&block_ops, block_op(opf)))
		return latency_tracker_probe_reject(&block, BLOCK_FILTER_OP);
	if (bytes < READ_ONCE(block_min_bytes))
		return latency_tracker_probe_reject(&block, BLOCK_FILTER_MIN_BYTES);
	return true;
}

static u64 block_key(const void *io)
{
	return (unsigned long)io;
}

static struct block_io *block_begin(struct latency_tracker_event **ev, struct gendisk *disk,
				    u32 opf, u32 bytes)
{
	struct block_io *io;

	if (!latency_tracker_probe_wants(&block, current))
		return NULL;
	if (unlikely(READ_ONCE(block.own_filtering)) && !block_filter(disk, opf, bytes))
		return NULL;
	*ev = latency_tracker_probe_begin(&block, current);
	if (!*ev)
		return NULL;
	io = (struct block_io *)(*ev)->priv;
	io->requeued = 0;
	io->bytes = bytes;
	io->opf = opf;
	io->dev = 0;
	io->disk[0] = '\0';
	if (disk) {
		io->dev = disk_devt(disk);
		/* A name that is longer is cut off. */
		memcpy(io->disk, disk->disk_name, sizeof(io->disk) - 1);
		io->disk[sizeof(io->disk) - 1] = '\0';
		latency_tracker_event_label(block.tracker, *ev, BLOCK_DIM_DEV, io->dev);
	}
	latency_tracker_event_series(*ev, BLOCK_DIM_OP, block_op(opf));
	return io;
}

static void block_begin_rq(struct request *rq)
{
	struct latency_tracker_event *ev;
	struct block_io *io;

	io = block_begin(&ev, lt_rq_disk(rq), (__force u32)rq->cmd_flags, blk_rq_bytes(rq));
	if (!io)
		return;
	io->sector = blk_rq_pos(rq);
	io->bio = 0;
	latency_tracker_event_commit_int(block.tracker, ev, block_key(rq));
}

/* Set or take the mark of a requeued request. Return: whether it was set. */
static bool block_requeued(struct request *rq, bool mark)
{
	u64 key = block_key(rq);
	struct latency_tracker_event *ev;
	struct block_io *io;
	bool was;

	ev = latency_tracker_event_get(block.tracker, &key, sizeof(key));
	if (!ev)
		return false;
	io = latency_tracker_event_priv(block.tracker, ev);
	was = READ_ONCE(io->requeued);
	WRITE_ONCE(io->requeued, mark);
	latency_tracker_event_put(block.tracker, ev);
	return was;
}

static void block_rq_insert(void *probe, LT_BLOCK_RQ_ARGS)
{
	if (unlikely(READ_ONCE(block_requeues)) && block_requeued(rq, false))
		return;
	block_begin_rq(rq);
}

LATENCY_TRACKER_HOOK_CHECK(block_rq_insert, block_rq_insert)

static void block_rq_issue(void *probe, LT_BLOCK_RQ_ARGS)
{
	if (latency_tracker_event_stage_int(block.tracker, block_key(rq), BLOCK_STAGE_ISSUE) ==
	    LATENCY_TRACKER_NOENT)
		block_begin_rq(rq);
}

LATENCY_TRACKER_HOOK_CHECK(block_rq_issue, block_rq_issue)

static void block_rq_requeue(void *probe, LT_BLOCK_RQ_ARGS)
{
	WRITE_ONCE(block_requeues, true);
	block_requeued(rq, true);
}

LATENCY_TRACKER_HOOK_CHECK(block_rq_requeue, block_rq_requeue)

static void block_rq_merge(void *probe, LT_BLOCK_RQ_ARGS)
{
	latency_tracker_event_cancel_int(block.tracker, block_key(rq));
}

LATENCY_TRACKER_HOOK_CHECK(block_rq_merge, block_rq_merge)

static void block_rq_complete(void *probe, struct request *rq, LT_BLOCK_ERROR error,
			      unsigned int nr_bytes)
{
	const struct latency_tracker_end end = { 0 };

	if (nr_bytes < blk_rq_bytes(rq))
		return;
	latency_tracker_event_end_int(block.tracker, block_key(rq), &end);
}

LATENCY_TRACKER_HOOK_CHECK(block_rq_complete, block_rq_complete)

static void block_bio_queue(void *probe, LT_BLOCK_BIO_ARGS)
{
	struct gendisk *disk = lt_bio_disk(bio);
	struct latency_tracker_event *ev;
	struct block_io *io;

	if (!disk || queue_is_mq(disk->queue))
		return;
	io = block_begin(&ev, disk, (__force u32)bio->bi_opf, bio->bi_iter.bi_size);
	if (!io)
		return;
	io->sector = bio->bi_iter.bi_sector;
	io->bio = 1;
	latency_tracker_event_commit_int(block.tracker, ev, block_key(bio));
}

LATENCY_TRACKER_HOOK_CHECK(block_bio_queue, block_bio_queue)

static void block_bio_remap(void *probe, LT_BLOCK_BIO_ARGS, dev_t dev, sector_t from)
{
	latency_tracker_event_cancel_int(block.tracker, block_key(bio));
}

LATENCY_TRACKER_HOOK_CHECK(block_bio_remap, block_bio_remap)

static void block_bio_complete(void *probe, struct request_queue *q, struct bio *bio)
{
	const struct latency_tracker_end end = { 0 };

	if (queue_is_mq(q))
		return;
	latency_tracker_event_end_int(block.tracker, block_key(bio), &end);
}

LATENCY_TRACKER_HOOK_CHECK(block_bio_complete, block_bio_complete)

static struct latency_tracker_hook block_hooks[] = {
	{ .name = "block_rq_complete", .probe = block_rq_complete },
	{ .name = "block_rq_merge", .probe = block_rq_merge },
	{ .name = "block_rq_requeue", .probe = block_rq_requeue },
	{ .name = "block_rq_issue", .probe = block_rq_issue },
	{ .name = "block_rq_insert", .probe = block_rq_insert },
	{ .name = "block_bio_complete", .probe = block_bio_complete },
	{ .name = "block_bio_remap", .probe = block_bio_remap },
	{ .name = "block_bio_queue", .probe = block_bio_queue },
};

static char block_dev_text[256];

#define BLOCK_OPS_EXPECTED "a list of read, write, flush, discard, secure_erase, write_zeroes, " \
	"zone_append, drv_in, drv_out, other"

LATENCY_TRACKER_PARAM_PARSED(block, dev, block_dev_text, block_parse_devs, NULL,
			     "a list of at most 16 disks such as sda,253:0",
			     "only these disks, by name or MAJOR:MINOR, such as sda,253:0; empty: all");
LATENCY_TRACKER_PARAM_NAMES(block, op, block_ops,
			    BLOCK_OPS_EXPECTED,
			    "only these operations, such as read,write; empty: all");
LATENCY_TRACKER_PARAM_NUMBER(block, min_bytes, block_min_bytes, 0, U32_MAX, 0644,
			     "only operations of at least as many bytes");

LATENCY_TRACKER_PARAM_USER_STACK(block);
LATENCY_TRACKER_PROBE(block, block_hooks, "Reports block I/O that takes too long");
