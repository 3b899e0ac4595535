// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * vpipe-cache.c - frames out of the caches, by what each architecture has for it
 *
 * A line that is flushed is written back if it is dirty, and dropped from all
 * caches of all CPUs, to where memory begins for every CPU (arm64: the point of
 * coherency). So a job that follows has to fetch its frame from there, and two
 * runs, one with and one without, tell what a cold cache costs.
 */
#include "vpipe-cache.h"
#include "vpipe.h"

/* tests build a module with it: as where there is no way to flush */
#ifndef VPIPE_NO_FLUSH

#if defined(CONFIG_X86)
#define HAS_FLUSH
#include <asm/cacheflush.h>
#include <asm/cpufeature.h>

static bool has_flush(void)
{
	return boot_cpu_has(X86_FEATURE_CLFLUSH);
}

static void flush(void *start, u32 bytes)
{
	clflush_cache_range(start, bytes);
}

#elif defined(CONFIG_ARM64)
#define HAS_FLUSH
#include <asm/barrier.h>
#include <asm/cpufeature.h>
#include <asm/sysreg.h>

static bool has_flush(void)
{
	return true;
}

/* The kernel's dcache_clean_inval_poc(), which modules can't call. */
static void flush(void *start, u32 bytes)
{
	/* DminLine: the smallest line of all caches of all CPUs, in words, as a power of two */
	const unsigned long step = 4UL << (read_sanitised_ftr_reg(SYS_CTR_EL0) >> 16 & 15);
	unsigned long line = (unsigned long)start & ~(step - 1);
	unsigned long end = (unsigned long)start + bytes;

	for (; line < end; line += step)
		asm volatile("dc civac, %0" : : "r"(line) : "memory");
	dsb(sy);
}

#endif
#endif /* VPIPE_NO_FLUSH */

#ifndef HAS_FLUSH
static bool has_flush(void)
{
	return false;
}

static void flush(void *start, u32 bytes)
{
}
#endif

/**
 * vpipe_cache_can_flush() - is there a way to flush caches on this machine?
 *
 * Return: if not, VPIPE_CACHE_AS_IS is all that can be asked for.
 */
bool vpipe_cache_can_flush(void)
{
	return has_flush();
}

static u32 flush_buffer(struct vb2_buffer *vb, u32 bytes, u32 flag)
{
	void *frame = vb2_plane_vaddr(vb, 0);

	if (!frame)
		return 0;
	flush(frame, bytes);
	return flag;
}

/**
 * vpipe_cache_flush() - flush what a job is going to work on
 * @cache: enum vpipe_cache
 * @src: has a frame
 * @dst: has room for one
 * @bytes: of it
 *
 * Return: which it was, in flags of the metadata row.
 */
u32 vpipe_cache_flush(u32 cache, struct vb2_buffer *src, struct vb2_buffer *dst, u32 bytes)
{
	u32 flushed = 0;

	if (cache != VPIPE_CACHE_AS_IS)
		flushed |= flush_buffer(src, bytes, VPIPE_META_F_SRC_FLUSHED);
	if (cache == VPIPE_CACHE_BOTH)
		flushed |= flush_buffer(dst, bytes, VPIPE_META_F_DST_FLUSHED);
	return flushed;
}
