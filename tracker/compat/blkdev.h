/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Block layer differences: tracepoints lost their queue argument with commits
 * a54895fa057c and e8a676d61c07 (5.11, 5.12); struct request its rq_disk with commit
 * f3fa33acca9f (5.17); struct bio got bi_bdev with commit 309dca309fc3 (5.12).
 */
#ifndef LT_COMPAT_BLKDEV_H
#define LT_COMPAT_BLKDEV_H

#include <linux/blkdev.h>
#include <linux/version.h>
#include <linux/blk-mq.h>
#include <trace/events/block.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 11, 0)
#define LT_BLOCK_RQ_ARGS	struct request *rq
#else
#define LT_BLOCK_RQ_ARGS	struct request_queue *q, struct request *rq
#endif

/* The error of block_rq_complete was an errno before 5.16. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 16, 0)
#define LT_BLOCK_ERROR		blk_status_t
#else
#define LT_BLOCK_ERROR		int
#endif

#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 12, 0)
#define LT_BLOCK_BIO_ARGS	struct bio *bio
static inline struct gendisk *lt_bio_disk(const struct bio *bio)
{
	return bio->bi_bdev ? bio->bi_bdev->bd_disk : NULL;
}
#else
#define LT_BLOCK_BIO_ARGS	struct request_queue *q, struct bio *bio
static inline struct gendisk *lt_bio_disk(const struct bio *bio)
{
	return bio->bi_disk;
}
#endif

#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 17, 0)
static inline struct gendisk *lt_rq_disk(const struct request *rq)
{
	return rq->q->disk;
}
#else
static inline struct gendisk *lt_rq_disk(const struct request *rq)
{
	return rq->rq_disk;
}
#endif

#endif /* LT_COMPAT_BLKDEV_H */
