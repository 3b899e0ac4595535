// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * vpipe-crc.c - the CRC of a frame, by the fastest code that this kernel has
 *
 * crc32_le() has been the fastest there is since 6.14 (x86; commit 55d1ecceb8d6,
 * "x86/crc32: expose CRC32 functions through lib"). Before, it is table-driven,
 * and what uses the CPU's instructions is behind the crypto API. Whether those
 * are faster depends on the machine (an emulated one has them, slowly), so both
 * are timed once, when the module is loaded.
 */
#include <crypto/hash.h>
#include <linux/crc32.h>
#include <linux/kcsan-checks.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/random.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "vpipe-crc.h"

#define LIBRARY "crc32_le"
#define TRIALS	8
#define SAMPLE	SZ_64K

/* What is asked for; once the module is loaded, what it got. */
static char crc[CRYPTO_MAX_ALG_NAME] = "auto";
module_param_string(crc, crc, sizeof(crc), 0444);
MODULE_PARM_DESC(crc, "code for the CRC: auto (the faster one), library or crypto");

static struct crypto_shash *tfm; /* NULL: the library's */

static u32 library_crc(const u8 *data, size_t size)
{
	return crc32_le(~0, data, size);
}

static u32 crypto_crc(const u8 *data, size_t size)
{
	SHASH_DESC_ON_STACK(desc, tfm);
	__le32 digest;

	desc->tfm = tfm;
	if (crypto_shash_digest(desc, data, size, (u8 *)&digest))
		return library_crc(data, size);
	return le32_to_cpu(digest);
}

/**
 * vpipe_crc() - CRC of a frame
 * @data: payload
 * @size: bytes
 *
 * Return: with the reflected polynomial 0xedb88320, seed ~0 and no final
 * inversion: that of zlib, inverted.
 */
u32 vpipe_crc(const u8 *data, size_t size)
{
	u32 sum;

	/* pixels: see KCSAN_SANITIZE in Kbuild */
	kcsan_disable_current();
	sum = tfm ? crypto_crc(data, size) : library_crc(data, size);
	kcsan_enable_current();
	return sum;
}

/* The best of some: what disturbs makes it slower, nothing makes it faster. */
static u64 time_of(u32 (*code)(const u8 *data, size_t size), const u8 *sample)
{
	u64 best = U64_MAX;
	int i;

	for (i = 0; i < TRIALS; i++) {
		u64 began = ktime_get_ns();

		/* a function known to be pure would be called once, or not at all */
		OPTIMIZER_HIDE_VAR(code);
		code(sample, SAMPLE);
		best = min(best, ktime_get_ns() - began);
	}
	return best;
}

static void free_tfm(void)
{
	crypto_free_shash(tfm);
	tfm = NULL;
}

/* Leaves @tfm set if the crypto API has this CRC, and has it right. */
static int get_tfm(const u8 *sample)
{
	static const u8 seed[4] = {0xff, 0xff, 0xff, 0xff};
	int ret;

	tfm = crypto_alloc_shash("crc32", 0, 0);
	if (IS_ERR(tfm)) {
		ret = PTR_ERR(tfm);
		tfm = NULL;
		return ret;
	}
	ret = crypto_shash_setkey(tfm, seed, sizeof(seed));
	if (!ret && crypto_crc(sample, SAMPLE) != library_crc(sample, SAMPLE))
		ret = -EBADMSG;
	if (ret)
		free_tfm();
	return ret;
}

/* Keep the one that was asked for, or is faster. */
static void choose(const u8 *sample)
{
	const char *name = crypto_shash_driver_name(tfm);
	u64 crypto_ns = time_of(crypto_crc, sample), library_ns = time_of(library_crc, sample);

	pr_info("vpipe: crc of %u bytes: %s %llu ns, " LIBRARY " %llu ns\n", SAMPLE, name,
		crypto_ns, library_ns);
	if (sysfs_streq(crc, "auto") && crypto_ns >= library_ns)
		free_tfm();
}

/**
 * vpipe_crc_init() - choose the code; the module parameter says which one it is
 *
 * Return: 0 or a negative error code.
 */
int vpipe_crc_init(void)
{
	u8 *sample;
	int ret;

	if (sysfs_streq(crc, "library")) {
		strscpy(crc, LIBRARY, sizeof(crc));
		return 0;
	}
	if (!sysfs_streq(crc, "auto") && !sysfs_streq(crc, "crypto")) {
		pr_err("vpipe: crc=%s is none of auto, library and crypto\n", crc);
		return -EINVAL;
	}
	sample = kmalloc(SAMPLE, GFP_KERNEL);
	if (!sample)
		return -ENOMEM;
	get_random_bytes(sample, SAMPLE);
	ret = get_tfm(sample);
	if (!ret)
		choose(sample);
	else if (sysfs_streq(crc, "auto"))
		ret = 0;
	else
		pr_err("vpipe: crc=crypto: the kernel has no such CRC\n");
	kfree(sample);
	if (!ret)
		strscpy(crc, tfm ? crypto_shash_driver_name(tfm) : LIBRARY, sizeof(crc));
	return ret;
}

/**
 * vpipe_crc_exit() - let go of the code; no frame is processed any more
 */
void vpipe_crc_exit(void)
{
	if (tfm)
		free_tfm();
}
