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

#define BLOCK_OP(op)		((__force u32)REQ_OP_##op)
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

static const char *block_op(u32 opf)
{
	switch (opf & (__force u32)REQ_OP_MASK) {
	case BLOCK_OP(READ):
		return "read";
	case BLOCK_OP(WRITE):
		return "write";
	case BLOCK_OP(FLUSH):
		return "flush";
	case BLOCK_OP(DISCARD):
		return "discard";
	case BLOCK_OP(SECURE_ERASE):
		return "secure_erase";
	case BLOCK_OP(WRITE_ZEROES):
		return "write_zeroes";
	case BLOCK_OP(ZONE_APPEND):
		return "zone_append";
	case BLOCK_OP(DRV_IN):
		return "drv_in";
	case BLOCK_OP(DRV_OUT):
		return "drv_out";
	}
	return "other";
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
	latency_tracker_text_str(text, "op", block_op(io->opf));
	latency_tracker_text_str(text, "flags", flags);
	if (!io->bio)
		latency_tracker_text_stages(text, hit);
	latency_tracker_text_str(text, "kind", io->bio ? "bio" : "rq");
}

static const char * const block_stage_names[] = { "queue", "device" };

static struct latency_tracker_probe block = {
	.config = {
		.name = "block",
		.owner = THIS_MODULE,
		.key_size = sizeof(u64),
		.priv_size = sizeof(struct block_io),
		.stages = 1,
		.stage_names = block_stage_names,
		.format = block_format,
	},
	.set = {
		.threshold_us = 10000,
		.max_events = 65536,
		.rate_limit_ms = 1000,
		.enabled = 1,
		.gc_ms = 600000,
	},
};

static u64 block_key(const void *io)
{
	return (unsigned long)io;
}

static struct block_io *block_begin(struct latency_tracker_event **ev, struct gendisk *disk)
{
	struct block_io *io;

	*ev = latency_tracker_event_prepare(block.tracker);
	if (!*ev)
		return NULL;
	latency_tracker_event_task(*ev, current);
	io = latency_tracker_event_priv(block.tracker, *ev);
	io->requeued = 0;
	io->dev = 0;
	io->disk[0] = '\0';
	if (disk) {
		io->dev = disk_devt(disk);
		strscpy(io->disk, disk->disk_name, sizeof(io->disk));
	}
	return io;
}

static void block_begin_rq(struct request *rq)
{
	struct latency_tracker_event *ev;
	struct block_io *io;

	if (!latency_tracker_probe_wants(&block, current))
		return;
	io = block_begin(&ev, lt_rq_disk(rq));
	if (!io)
		return;
	io->sector = blk_rq_pos(rq);
	io->bytes = blk_rq_bytes(rq);
	io->opf = (__force u32)rq->cmd_flags;
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
	u64 key = block_key(rq);

	if (latency_tracker_event_stage(block.tracker, &key, sizeof(key), BLOCK_STAGE_ISSUE) ==
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

	if (!disk || queue_is_mq(disk->queue) || !latency_tracker_probe_wants(&block, current))
		return;
	io = block_begin(&ev, disk);
	if (!io)
		return;
	io->sector = bio->bi_iter.bi_sector;
	io->bytes = bio->bi_iter.bi_size;
	io->opf = (__force u32)bio->bi_opf;
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

LATENCY_TRACKER_PROBE(block, block_hooks, "Reports block I/O that takes too long");
