// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * vpipe-meta.c - /dev/vpipe-meta: a row of metadata for each processed frame
 *
 * A ring of rows with one writer at a time and any number of readers, each with
 * a cursor of its own. The writer never waits for a reader and takes no lock a
 * reader could hold: it says which row it is about to overwrite, writes it, and
 * publishes it. A reader copies rows to its user, looks whether they were
 * overwritten meanwhile, and only then says that they are there.
 *
 * Nor does the writer pay for its readers: those asleep are woken by a work
 * item, at once if nobody was woken lately, else with the next tick, all rows
 * until then together.
 */
#include <linux/atomic.h>
#include <linux/build_bug.h>
#include <linux/compat.h>
#include <linux/fs.h>
#include <linux/jiffies.h>
#include <linux/kcsan-checks.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/uaccess.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "vpipe-events.h"
#include "vpipe-id.h"
#include "vpipe-meta.h"

#define RING_ROWS  1024
#define BATCH_ROWS 128 /* copied to a reader before it is seen if they are intact */

static_assert(sizeof(struct vpipe_meta_entry) == 80);
static_assert(sizeof(struct vpipe_meta_info) == 28);
static_assert(sizeof(struct vpipe_meta_stats) == 32);
static_assert((RING_ROWS & (RING_ROWS - 1)) == 0 && RING_ROWS >= 256);

/*
 * Row N lives in slot N % RING_ROWS. It is there once head > N, and intact as
 * long as begun <= N + RING_ROWS.
 */
static struct {
	spinlock_t lock; /* between writers; readers don't take it */
	atomic64_t begun; /* rows whose writing has begun */
	atomic64_t head; /* rows published */
	atomic64_t dropped; /* rows lost to overruns, all readers */
	wait_queue_head_t readers;
	struct workqueue_struct *wakers;
	struct delayed_work wake;
	unsigned long woken; /* jiffies of the last wake-up */
	struct vpipe_meta_entry rows[RING_ROWS];
} ring;

/**
 * struct vpipe_meta_file - an open file of the metadata device
 * @id: for the overrun event
 * @lock: one reader at a time
 * @cursor: the next row to read; changed under @lock
 * @overrun: rows were lost and the reader has not been told yet
 */
struct vpipe_meta_file {
	u32 id;
	struct mutex lock;
	u64 cursor;
	bool overrun;
};

static void wake_readers(struct work_struct *work)
{
	WRITE_ONCE(ring.woken, jiffies);
	wake_up_interruptible_poll(&ring.readers, EPOLLIN | EPOLLRDNORM);
}

/**
 * vpipe_meta_publish() - add a row to the ring, and see that who waits for it wakes
 * @row: all but version, entry_size and seq filled in, which are set here
 *
 * Never allocates and never waits for a reader.
 */
void vpipe_meta_publish(struct vpipe_meta_entry *row)
{
	u64 seq;

	spin_lock(&ring.lock);
	seq = atomic64_read(&ring.head);
	row->version = VPIPE_META_VERSION;
	row->entry_size = sizeof(*row);
	row->seq = seq;

	atomic64_set(&ring.begun, seq + 1);
	smp_wmb(); /* a reader that sees any of the new row sees that it was begun */
	ring.rows[seq % RING_ROWS] = *row;
	atomic64_set_release(&ring.head, seq + 1);
	spin_unlock(&ring.lock);

	/* one that is pending has not looked yet, and will see this row's readers, too */
	if (wq_has_sleeper(&ring.readers) && !delayed_work_pending(&ring.wake))
		queue_delayed_work(ring.wakers, &ring.wake,
				   time_after_eq(READ_ONCE(ring.woken), jiffies) ? 1 : 0);
}

static bool has_rows(struct vpipe_meta_file *mf)
{
	return (u64)atomic64_read_acquire(&ring.head) != READ_ONCE(mf->cursor);
}

/* Move the cursor past rows that are no longer held; returns how many those were. */
static u64 skip_overwritten(struct vpipe_meta_file *mf)
{
	u64 begun = atomic64_read(&ring.begun);
	u64 lost;

	if (begun <= mf->cursor + RING_ROWS)
		return 0;

	lost = begun - RING_ROWS - mf->cursor;
	WRITE_ONCE(mf->cursor, mf->cursor + lost);
	mf->overrun = true;
	atomic64_add(lost, &ring.dropped);
	trace_vpipe_meta_overrun(mf->id, lost);
	return lost;
}

/*
 * Rows from @first on, as they are in the ring now. Returns how many were copied
 * before a fault. A word at a time: rows are short, and each byte counts where
 * many are read at once.
 */
static unsigned int copy_rows(struct vpipe_meta_entry __user *to, u64 first, unsigned int rows)
{
	unsigned int done = 0;

	/* the writer may be at work on these very slots: the caller finds out */
	kcsan_disable_current();
	if (user_access_begin(to, rows * sizeof(*to))) {
		for (; done < rows; done++)
			unsafe_copy_to_user((char __user *)&to[done],
					    (char *)&ring.rows[(first + done) % RING_ROWS],
					    sizeof(*to), fault);
fault:
		user_access_end();
	}
	kcsan_enable_current();
	return done;
}

/* To a row that has been handed over: the one in the ring may be another by now. */
static int add_flag(struct vpipe_meta_entry __user *row, u32 flag)
{
	u32 flags;

	return get_user(flags, &row->flags) || put_user(flags | flag, &row->flags);
}

/*
 * Hand over up to @max rows, which are copied once: if the writer has meanwhile
 * come to the first of them they are not given out, and are read again from
 * where it is not. Returns their number, 0 if there is none, or -EFAULT with none
 * of them consumed.
 */
static int read_batch(struct vpipe_meta_file *mf, struct vpipe_meta_entry __user *to,
		      unsigned int max)
{
	unsigned int rows;

	skip_overwritten(mf);
	do {
		rows = min_t(u64, max, atomic64_read_acquire(&ring.head) - mf->cursor);
		if (!rows)
			return 0;
		rows = copy_rows(to, mf->cursor, rows);
		if (!rows)
			return -EFAULT;
		smp_rmb(); /* what was copied, before what was begun meanwhile */
	} while (skip_overwritten(mf));

	if (mf->overrun && add_flag(to, VPIPE_META_F_OVERRUN))
		return -EFAULT;
	WRITE_ONCE(mf->cursor, mf->cursor + rows);
	mf->overrun = false;
	return rows;
}

/* As many rows as there are and as fit: a number of rows, 0, or an error if there was none. */
static ssize_t read_rows(struct vpipe_meta_file *mf, struct vpipe_meta_entry __user *to, size_t max)
{
	size_t done = 0;
	int rows;

	do {
		rows = read_batch(mf, to + done, min_t(size_t, max - done, BATCH_ROWS));
		if (rows > 0)
			done += rows;
	} while (rows > 0 && done < max);

	return done ? done : rows;
}

static ssize_t vpipe_meta_read(struct file *file, char __user *to, size_t size, loff_t *pos)
{
	struct vpipe_meta_file *mf = file->private_data;
	size_t max = min_t(size_t, size, MAX_RW_COUNT) / sizeof(struct vpipe_meta_entry);
	ssize_t rows;
	int ret;

	if (!max)
		return -EINVAL;

	/* not held while waiting, so that nobody's O_NONBLOCK read waits for a blocked one */
	for (;;) {
		if (mutex_lock_interruptible(&mf->lock))
			return -ERESTARTSYS;
		rows = read_rows(mf, (struct vpipe_meta_entry __user *)to, max);
		mutex_unlock(&mf->lock);
		if (rows > 0)
			return rows * sizeof(struct vpipe_meta_entry);
		if (rows < 0)
			return rows;
		if (file->f_flags & O_NONBLOCK)
			return -EAGAIN;
		ret = wait_event_interruptible(ring.readers, has_rows(mf));
		if (ret)
			return ret;
	}
}

static __poll_t vpipe_meta_poll(struct file *file, poll_table *wait)
{
	poll_wait(file, &ring.readers, wait);
	/* Pairs with wq_has_sleeper(); part of poll_wait() since 6.13. */
	smp_mb();
	return has_rows(file->private_data) ? EPOLLIN | EPOLLRDNORM : 0;
}

static long vpipe_meta_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	void __user *to = (void __user *)arg;

	switch (cmd) {
	case VPIPE_META_IOC_QUERY: {
		struct vpipe_meta_info info = {
			.version = VPIPE_META_VERSION,
			.entry_size = sizeof(struct vpipe_meta_entry),
			.ring_entries = RING_ROWS,
		};

		return copy_to_user(to, &info, sizeof(info)) ? -EFAULT : 0;
	}
	case VPIPE_META_IOC_GET_STATS: {
		struct vpipe_meta_stats stats = {
			.published = atomic64_read(&ring.head),
			.dropped = atomic64_read(&ring.dropped),
		};

		return copy_to_user(to, &stats, sizeof(stats)) ? -EFAULT : 0;
	}
	default:
		return -ENOTTY;
	}
}

static int vpipe_meta_open(struct inode *inode, struct file *file)
{
	struct vpipe_meta_file *mf = kzalloc(sizeof(*mf), GFP_KERNEL);

	if (!mf)
		return -ENOMEM;
	mf->id = vpipe_new_id();
	mutex_init(&mf->lock);
	/* the next row to come: a reader sees every row published after its open() */
	mf->cursor = atomic64_read_acquire(&ring.head);
	file->private_data = mf;
	return stream_open(inode, file);
}

static int vpipe_meta_release(struct inode *inode, struct file *file)
{
	struct vpipe_meta_file *mf = file->private_data;

	mutex_destroy(&mf->lock);
	kfree(mf);
	return 0;
}

static const struct file_operations vpipe_meta_fops = {
	.owner = THIS_MODULE,
	.open = vpipe_meta_open,
	.release = vpipe_meta_release,
	.read = vpipe_meta_read,
	.poll = vpipe_meta_poll,
	.unlocked_ioctl = vpipe_meta_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static struct miscdevice vpipe_meta_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = VPIPE_META_NAME,
	.fops = &vpipe_meta_fops,
};

/**
 * vpipe_meta_init() - make the device; rows may be published from here on
 *
 * Return: 0 or a negative error code.
 */
int vpipe_meta_init(void)
{
	int ret;

	spin_lock_init(&ring.lock);
	init_waitqueue_head(&ring.readers);
	INIT_DELAYED_WORK(&ring.wake, wake_readers);
	ring.wakers = alloc_workqueue(VPIPE_META_NAME, WQ_UNBOUND, 1);
	if (!ring.wakers)
		return -ENOMEM;
	ret = misc_register(&vpipe_meta_device);
	if (ret)
		destroy_workqueue(ring.wakers);
	return ret;
}

/**
 * vpipe_meta_exit() - remove the device; no file of it is open any more
 */
void vpipe_meta_exit(void)
{
	misc_deregister(&vpipe_meta_device);
	cancel_delayed_work_sync(&ring.wake);
	destroy_workqueue(ring.wakers);
}
