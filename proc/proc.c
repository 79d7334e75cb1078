// SPDX-License-Identifier: GPL-2.0
/*
 * /proc/latency_tracker: the stream of hits. The format and what each call returns
 * is described in tracker/uapi/latency_tracker_uapi.h.
 */
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/irq_work.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/proc_fs.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/user_namespace.h>
#include <linux/wait.h>

#include "../tracker/core.h"

static u64 gid;
/* The greatest number of all is no group. */
static struct latency_tracker_param lt_gid_param = { .value = &gid, .max = U32_MAX - 1 };
module_param_cb(gid, &latency_tracker_param_ops, &lt_gid_param, 0444);
MODULE_PARM_DESC(gid, "group that may read " LT_PROC_PATH);

/**
 * struct lt_reader - an open file
 * @cursor: number of the next record; under @lock
 * @lock:   serialises reads of one open file
 * @rec:    copy of the record in hand; under @lock
 * @text:   its text; under @lock
 */
struct lt_reader {
	u64 cursor;
	struct mutex lock; /* see above */
	struct lt_record rec;
	char text[LT_RECORD_MAX];
};

static DECLARE_WAIT_QUEUE_HEAD(lt_wait);
/* For the file "ring" only. */
static atomic_t lt_readers;
static atomic64_t lt_wakes;
static struct irq_work lt_wake_work;

/* Records are written with a runqueue lock held too: only from here may readers be woken. */
static void lt_proc_wake_work(struct irq_work *work)
{
	atomic64_inc(&lt_wakes);
	wake_up_interruptible_all(&lt_wait);
}

/**
 * lt_proc_readers() - number of open files
 */
unsigned int lt_proc_readers(void)
{
	return atomic_read(&lt_readers);
}

/**
 * lt_proc_wakes() - how often readers have been woken
 */
u64 lt_proc_wakes(void)
{
	return atomic64_read(&lt_wakes);
}

/**
 * lt_proc_waited_for() - whether anybody sleeps until the next record
 *
 * Context: any; to be called after lt_ring_commit(), whose barrier pairs with the
 * one in prepare_to_wait() and poll_wait(): either the sleeper is seen here, or it
 * sees the record.
 */
bool lt_proc_waited_for(void)
{
	/* The barriers are named above. */
	return waitqueue_active(&lt_wait);
}

/**
 * lt_proc_wake() - wake all who sleep until the next record
 *
 * Context: any.
 */
void lt_proc_wake(void)
{
	irq_work_queue(&lt_wake_work);
}

static int lt_proc_open(struct inode *inode, struct file *file)
{
	struct lt_reader *reader = kvzalloc(sizeof(*reader), GFP_KERNEL);

	if (!reader)
		return -ENOMEM;
	/* A sleeping reader would hold up the unloading for as long as it sleeps. */
	if (!try_module_get(THIS_MODULE)) {
		kvfree(reader);
		return -ENODEV;
	}
	mutex_init(&reader->lock);
	reader->cursor = lt_ring_oldest(&lt_hits);
	/*
	 * There is no file position. With this flag the VFS would hold its lock while a
	 * read sleeps, and who shares the open file would wait for it, deaf to SIGKILL.
	 */
	file->f_mode &= ~FMODE_ATOMIC_POS;
	file->private_data = reader;
	atomic_inc(&lt_readers);
	return 0;
}

static int lt_proc_release(struct inode *inode, struct file *file)
{
	struct lt_reader *reader = file->private_data;

	mutex_destroy(&reader->lock);
	kvfree(reader);
	atomic_dec(&lt_readers);
	module_put(THIS_MODULE);
	return 0;
}

/*
 * Put the text of the next record into reader->text and move *@cursor on.
 * Return: its length, 0 if there is none yet.
 */
static size_t lt_proc_next(struct lt_reader *reader, u64 *cursor)
{
	u64 lost;
	int ret;

	ret = lt_ring_read(&lt_hits, cursor, &reader->rec, &lost);
	if (!ret)
		return 0;
	if (ret < 0)
		return scnprintf(reader->text, sizeof(reader->text), "lost n=%llu\n", lost);
	return lt_record_format(reader->text, sizeof(reader->text), &reader->rec, false);
}

/* Copy whole records. Return: bytes, 0 if there is no record, or an error. */
static ssize_t lt_proc_copy(struct lt_reader *reader, char __user *buf, size_t size)
{
	size_t done = 0;

	for (;;) {
		u64 cursor = reader->cursor;
		size_t len = lt_proc_next(reader, &cursor);

		if (!len)
			return done;
		if (len > size - done)
			return done ?: -EINVAL;
		if (copy_to_user(buf + done, reader->text, len))
			return done ?: -EFAULT;
		/* Only what has been delivered counts as read. */
		reader->cursor = cursor;
		done += len;
		if (signal_pending(current))
			return done;
		cond_resched();
	}
}

static bool lt_proc_readable(struct lt_reader *reader)
{
	return lt_ring_readable(&lt_hits, READ_ONCE(reader->cursor));
}

static ssize_t lt_proc_read(struct file *file, char __user *buf, size_t size, loff_t *ppos)
{
	struct lt_reader *reader = file->private_data;
	ssize_t ret;

	if (!size)
		return 0;
	for (;;) {
		ret = mutex_lock_interruptible(&reader->lock);
		if (ret)
			return ret;
		ret = lt_proc_copy(reader, buf, size);
		mutex_unlock(&reader->lock);
		if (ret)
			return ret;
		if (file->f_flags & O_NONBLOCK)
			return -EAGAIN;
		ret = wait_event_interruptible(lt_wait, lt_proc_readable(reader));
		if (ret)
			return ret;
	}
}

static __poll_t lt_proc_poll(struct file *file, poll_table *wait)
{
	struct lt_reader *reader = file->private_data;

	poll_wait(file, &lt_wait, wait);
	/* In the queue before the look at the ring; pairs with lt_ring_commit(). */
	smp_mb();
	if (lt_proc_readable(reader))
		return EPOLLIN | EPOLLRDNORM;
	return 0;
}

static loff_t lt_proc_lseek(struct file *file, loff_t offset, int whence)
{
	struct lt_reader *reader = file->private_data;
	u64 cursor;

	if (offset)
		return -ESPIPE;
	if (whence == SEEK_SET)
		cursor = lt_ring_oldest(&lt_hits);
	else if (whence == SEEK_END)
		cursor = atomic64_read(&lt_hits.head);
	else
		return -ESPIPE;
	mutex_lock(&reader->lock);
	reader->cursor = cursor;
	mutex_unlock(&reader->lock);
	return 0;
}

static const struct proc_ops lt_proc_ops = {
	.proc_open = lt_proc_open,
	.proc_release = lt_proc_release,
	.proc_read = lt_proc_read,
	.proc_poll = lt_proc_poll,
	.proc_lseek = lt_proc_lseek,
};

/**
 * lt_proc_init() - make the file
 *
 * Return: 0 or -ENOMEM.
 */
int lt_proc_init(void)
{
	kgid_t group = make_kgid(&init_user_ns, gid);
	struct proc_dir_entry *entry;

	init_irq_work(&lt_wake_work, lt_proc_wake_work);
	entry = proc_create(LT_PROC_NAME, 0440, NULL, &lt_proc_ops);
	if (!entry)
		return -ENOMEM;
	proc_set_user(entry, GLOBAL_ROOT_UID, group);
	return 0;
}

/**
 * lt_proc_exit() - take the file away
 *
 * All trackers are gone, and with them who could queue the irq_work.
 */
void lt_proc_exit(void)
{
	remove_proc_entry(LT_PROC_NAME, NULL);
	irq_work_sync(&lt_wake_work);
}
