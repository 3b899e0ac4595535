// SPDX-License-Identifier: MIT
/*
 * test-snapshot.c - a frame has the controls of its QBUF, whatever becomes of them later
 *
 * Two threads set the controls of one open file. All of them come from one number, and the
 * frame's sequence is that number, too, its lowest bit put first: that is another control.
 * So the metadata row says which set a frame should have been processed with, and a set mixed
 * of two is seen. OUTPUT buffers are queued long before there
 * are CAPTURE buffers: the controls have always changed when the job runs.
 */
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <unistd.h>

#include "tests/guest/m2m.h"
#include "user/lib/crc.h"

#define WIDTH  17
#define HEIGHT 13
#define BATCH  16 /* frames queued before the first of them is processed */

enum { FREE_BATCHES = 2000, HANDSHAKE_BATCHES = 500, STREAMON_BATCHES = 100 };

/* The sequence of a set, and the set of a sequence. */
static uint32_t to_sequence(uint32_t number)
{
	return number >> 1 | number << 31;
}

static uint32_t to_number(uint32_t sequence)
{
	return sequence << 1 | sequence >> 31;
}

/* A set of controls. Small regions and large ones, none that is the same for its neighbours. */
static struct node_cv derive(uint32_t number)
{
	const uint32_t mixed = number * 2654435761U;

	return (struct node_cv){
		.algo = number % 8 ? VPIPE_ALGO_THRESHOLD : VPIPE_ALGO_NONE,
		.threshold = (mixed >> 24) & 255,
		.roi = {(mixed >> 20) % WIDTH, (mixed >> 16) % HEIGHT, 1 + (mixed >> 12) % WIDTH,
			1 + (mixed >> 8) % HEIGHT},
		.no_crc = number % 5 == 0,
		.cache = mixed % (VPIPE_CACHE_BOTH + 1),
	};
}

static void set(const struct m2m *m, uint32_t number)
{
	const struct node_cv cv = derive(number);
	struct v4l2_ext_control controls[] = {
		{.id = VPIPE_CID_SRC_SEQUENCE, .value = (int32_t)(to_sequence(number) & INT_MAX)},
		{.id = VPIPE_CID_SRC_SEQUENCE_BIT_31,
		 .value = (int32_t)(to_sequence(number) >> 31)},
		{.id = VPIPE_CID_ALGO, .value = (int32_t)cv.algo},
		{.id = VPIPE_CID_THRESHOLD, .value = (int32_t)cv.threshold},
		{.id = VPIPE_CID_CRC, .value = !cv.no_crc},
		{.id = VPIPE_CID_CACHE, .value = (int32_t)cv.cache},
		{.id = VPIPE_CID_ROI_LEFT, .value = (int32_t)cv.roi[0]},
		{.id = VPIPE_CID_ROI_TOP, .value = (int32_t)cv.roi[1]},
		{.id = VPIPE_CID_ROI_WIDTH, .value = (int32_t)cv.roi[2]},
		{.id = VPIPE_CID_ROI_HEIGHT, .value = (int32_t)cv.roi[3]},
	};

	must(vdev_set_controls(&m->dev, controls, COUNT(controls)));
}

/* Let the other thread run: also where one processor plays both. */
static void relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#else
	sched_yield();
#endif
}

/*
 * Batches
 */

struct test {
	struct m2m m;
	int meta;
	/* per frame of the batch: the first and the last set that it may have */
	uint32_t first[BATCH];
	uint32_t last[BATCH];
	unsigned int frames;
	unsigned int wrong;
};

static int start(void **state)
{
	struct test *t = test_calloc(1, sizeof(*t));

	m2m_start(&t->m, WIDTH, HEIGHT, BATCH);
	for (unsigned int i = 0; i < BATCH; i++)
		m2m_fill(&t->m, i, i);
	t->meta = meta_open(O_NONBLOCK);
	*state = t;
	return 0;
}

static int stop(void **state)
{
	struct test *t = *state;

	m2m_close(&t->m);
	close(t->meta);
	test_free(t);
	return 0;
}

static uint32_t wanted_flags(const struct node_cv *cv)
{
	static const uint32_t flushed[] = {
		[VPIPE_CACHE_SOURCE] = VPIPE_META_F_SRC_FLUSHED,
		[VPIPE_CACHE_BOTH] = VPIPE_META_F_SRC_FLUSHED | VPIPE_META_F_DST_FLUSHED,
	};

	return flushed[cv->cache] | (cv->no_crc ? VPIPE_META_F_NO_CRC : 0);
}

/* Row and pixels of one frame agree with each other, and with a set that it may have. */
static bool is_right(struct test *t, unsigned int index, const struct vpipe_meta_entry *row)
{
	const uint32_t number = to_number(row->src_v4l2_sequence);
	const struct node_cv cv = derive(number);
	struct ref_result ref;

	if (row->flags != wanted_flags(&cv) ||
	    row->crc32 != (cv.no_crc ? 0 : crc_payload(t->m.cap.bufs[index].start, row->bytesused)))
		return false;
	return number >= t->first[index] && number <= t->last[index] &&
	       m2m_is_reference(&t->m, index, index, &cv, &ref) && row->buffer_index == index &&
	       row->algo_id == cv.algo && row->roi_left == (int32_t)ref.left &&
	       row->roi_top == (int32_t)ref.top && row->roi_width == (int32_t)ref.width &&
	       row->roi_height == (int32_t)ref.height && row->algo_value0 == ref.white &&
	       row->algo_value1 == ref.black;
}

/* Have the batch processed, and look at each frame of it. */
static void finish_batch(struct test *t)
{
	struct vpipe_meta_entry rows[BATCH];

	for (unsigned int i = 0; i < BATCH; i++)
		must(m2m_queue(&t->m.cap, i));
	for (unsigned int i = 0; i < BATCH; i++) {
		m2m_dequeue(&t->m.out);
		m2m_dequeue(&t->m.cap);
	}
	assert_int_equal(meta_read(t->meta, rows, BATCH), BATCH);
	for (unsigned int i = 0; i < BATCH; i++) {
		t->frames++;
		if (is_right(t, i, &rows[i]))
			continue;
		if (t->wrong++ < 5)
			print_error("frame %u: set %u, wanted %u to %u, or mixed\n", t->frames,
				    to_number(rows[i].src_v4l2_sequence), t->first[i], t->last[i]);
	}
}

static void finish_test(const struct test *t)
{
	print_message("# %u frames, %u wrong\n", t->frames, t->wrong);
	assert_int_equal(t->wrong, 0);
}

/*
 * One sets as fast as it can, the other queues
 */

struct writer {
	const struct m2m *m;
	pthread_t thread;
	_Atomic uint32_t begun; /* the set that is or has been written */
	_Atomic uint32_t done; /* the set that has been written */
	_Atomic bool stop;
};

static void *writer_thread(void *arg)
{
	struct writer *w = arg;

	while (!w->stop) {
		w->begun++;
		set(w->m, w->begun);
		w->done = w->begun;
		relax();
	}
	return NULL;
}

static void wait_for_set(const struct writer *w, uint32_t number)
{
	while (w->done < number)
		relax();
}

static void controls_set_all_the_time(void **state)
{
	struct test *t = *state;
	struct writer w = {.m = &t->m};
	unsigned int changed_meanwhile = 0;

	set(&t->m, 0);
	assert_int_equal(pthread_create(&w.thread, NULL, writer_thread, &w), 0);
	for (unsigned int batch = 0; batch < FREE_BATCHES; batch++) {
		for (unsigned int i = 0; i < BATCH; i++) {
			t->first[i] = w.done;
			must(m2m_queue(&t->m.out, i));
			t->last[i] = w.begun;
			changed_meanwhile += t->first[i] != t->last[i];
			relax();
		}
		/* each of them has been overtaken by a whole set at least */
		wait_for_set(&w, t->last[BATCH - 1] + 1);
		finish_batch(t);
	}
	w.stop = true;
	assert_int_equal(pthread_join(w.thread, NULL), 0);
	print_message("# %u sets; during QBUF there was a change in %u frames\n", w.done,
		      changed_meanwhile);
	finish_test(t);
}

/*
 * Both take turns: what a frame must have is known exactly
 */

struct meddler {
	const struct m2m *m;
	pthread_t thread;
	sem_t go;
	sem_t done;
	uint32_t number; /* to set; 0: end */
};

static void *meddler_thread(void *arg)
{
	struct meddler *other = arg;

	for (;;) {
		sem_wait(&other->go);
		if (!other->number)
			return NULL;
		set(other->m, other->number);
		sem_post(&other->done);
	}
}

static void start_meddler(struct meddler *other, const struct m2m *m)
{
	other->m = m;
	sem_init(&other->go, 0, 0);
	sem_init(&other->done, 0, 0);
	assert_int_equal(pthread_create(&other->thread, NULL, meddler_thread, other), 0);
}

static void stop_meddler(struct meddler *other)
{
	other->number = 0;
	sem_post(&other->go);
	assert_int_equal(pthread_join(other->thread, NULL), 0);
}

/* Queue frame @index with set @number, and let the other thread set another one. */
static void queue_and_change(struct test *t, struct meddler *other, unsigned int index,
			     uint32_t number)
{
	set(&t->m, number);
	must(m2m_queue(&t->m.out, index));
	t->first[index] = t->last[index] = number;
	other->number = number + 1;
	sem_post(&other->go);
	sem_wait(&other->done);
}

static void controls_set_right_after_qbuf(void **state)
{
	struct test *t = *state;
	struct meddler other = {0};

	start_meddler(&other, &t->m);
	for (unsigned int batch = 0; batch < HANDSHAKE_BATCHES; batch++) {
		for (unsigned int i = 0; i < BATCH; i++)
			queue_and_change(t, &other, i, 2 * (batch * BATCH + i));
		finish_batch(t);
	}
	stop_meddler(&other);
	finish_test(t);
}

/* Buffers queued before STREAMON come to the driver only then; QBUF counts all the same. */
static void controls_set_before_streamon(void **state)
{
	struct test *t = *state;
	struct meddler other = {0};

	start_meddler(&other, &t->m);
	for (unsigned int batch = 0; batch < STREAMON_BATCHES; batch++) {
		vqueue_stop(&t->m.out);
		for (unsigned int i = 0; i < BATCH; i++)
			queue_and_change(t, &other, i, 2 * (batch * BATCH + i));
		must(vqueue_start(&t->m.out));
		finish_batch(t);
	}
	stop_meddler(&other);
	finish_test(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(controls_set_all_the_time, start, stop),
		cmocka_unit_test_setup_teardown(controls_set_right_after_qbuf, start, stop),
		cmocka_unit_test_setup_teardown(controls_set_before_streamon, start, stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
