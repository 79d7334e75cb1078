/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Block layer differences: the arguments of tracepoints, and where the disk is (features.c).
 */
#ifndef LT_COMPAT_BLKDEV_H
#define LT_COMPAT_BLKDEV_H

#include <linux/blkdev.h>
#include <linux/blk-mq.h>
#include <trace/events/block.h>

#ifdef LT_BLOCK_RQ_HAS_QUEUE
#define LT_BLOCK_RQ_ARGS	struct request_queue *q, struct request *rq
#else
#define LT_BLOCK_RQ_ARGS	struct request *rq
#endif

#ifdef LT_BLOCK_STATUS
#define LT_BLOCK_ERROR		blk_status_t
#else
#define LT_BLOCK_ERROR		int
#endif

#ifdef LT_BLOCK_BIO_ALONE
#define LT_BLOCK_BIO_ARGS	struct bio *bio
#else
#define LT_BLOCK_BIO_ARGS	struct request_queue *q, struct bio *bio
#endif

#ifdef LT_BIO_HAS_BDEV
static inline struct gendisk *lt_bio_disk(const struct bio *bio)
{
	return bio->bi_bdev ? bio->bi_bdev->bd_disk : NULL;
}
#else
static inline struct gendisk *lt_bio_disk(const struct bio *bio)
{
	return bio->bi_disk;
}
#endif

#ifdef LT_RQ_HAS_DISK
static inline struct gendisk *lt_rq_disk(const struct request *rq)
{
	return rq->rq_disk;
}
#else
static inline struct gendisk *lt_rq_disk(const struct request *rq)
{
	return rq->q->disk;
}
#endif

#endif /* LT_COMPAT_BLKDEV_H */
