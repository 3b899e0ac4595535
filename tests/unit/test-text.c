// SPDX-License-Identifier: MIT
/* Bytes as text: valid UTF-8, one line, harmless, and back to the same bytes. */
#include <ctype.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <jansson.h>

#include "lib/text.h"

static const char *encoded(const char *bytes, const char *also)
{
	static char text[4096];
	size_t length = text_of(text, sizeof(text), bytes, also);

	assert_int_equal(length, strlen(text));
	return text;
}

static void test_plain(void **state)
{
	static const char *const same[] = {
		"",
		"vpipe-capture-m",
		"a b,c;d/e\"f'",
		"C:\\new\\table",
		"\\x",
		"\\xg0 \\x0",
		"Prüfstand",
		"カメラ 🎥",
		"\xc2\xa0\u2027\u202f\u2065\u206a\ufffd",
		"\U0010ffff",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		assert_string_equal(encoded(same[i], ""), same[i]);
		assert_string_equal(encoded(same[i], NULL), same[i]);
	}
}

static void test_bytes(void **state)
{
	static const char *const pairs[][2] = {
		/* cut inside a character, by the kernel: of two, three and four bytes */
		{"Kamera-Pr\xc3", "Kamera-Pr\\xc3"},
		{"\xe3\x82", "\\xe3\\x82"},
		{"\xf0\x9f\x8e!", "\\xf0\\x9f\\x8e!"},
		/* the end of one, Latin-1, more than is needed, half a pair, beyond the last */
		{"\xa9mera", "\\xa9mera"},
		{"Pr\xfc"
		 "fer",
		 "Pr\\xfcfer"},
		{"\xc0\xaf\xe0\x80\xaf\xf0\x80\x80\xaf",
		 "\\xc0\\xaf\\xe0\\x80\\xaf\\xf0\\x80\\x80\\xaf"},
		{"\xed\xa0\x80", "\\xed\\xa0\\x80"},
		{"\xf4\x90\x80\x80\xff", "\\xf4\\x90\\x80\\x80\\xff"},
		/* what steers a terminal, ends a line, turns the writing round */
		{"\033[2J\a\x7f", "\\x1b[2J\\x07\\x7f"},
		{"two\nlines\r\t", "two\\x0alines\\x0d\\x09"},
		{"\xc2\x9b"
		 "2J\xc2\x85",
		 "\\xc2\\x9b2J\\xc2\\x85"},
		{"a\u2028b\u2029c", "a\\xe2\\x80\\xa8b\\xe2\\x80\\xa9c"},
		{"\u202egpj", "\\xe2\\x80\\xaegpj"},
		/* what looks as if it were written so */
		{"\\x41", "\\x5cx41"},
		{"\\\\xfF", "\\\\x5cxfF"},
		{"\\x\n41", "\\x\\x0a41"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		assert_string_equal(encoded(pairs[i][0], ""), pairs[i][1]);
		/* text stays as it is, however often it goes through */
		assert_string_equal(encoded(pairs[i][1], NULL), pairs[i][1]);
	}
}

static void test_also(void **state)
{
	(void)state;
	assert_string_equal(encoded("a; b/c;", ";"), "a\\x3b b/c\\x3b");
	assert_string_equal(encoded("\xc3;", ";"), "\\xc3\\x3b");
}

static void test_columns(void **state)
{
	(void)state;
	assert_int_equal(text_columns(""), 0);
	assert_int_equal(text_columns("16.3 µs"), 7);
	assert_int_equal(text_columns("カメラ台"), 8);
	assert_int_equal(text_columns("u\u0308ber"), 4); /* an umlaut of two characters */
	assert_int_equal(text_columns("\xff\xe3\x81"), 3);
}

static void test_room(void **state)
{
	char text[12];

	(void)state;
	memset(text, 'x', sizeof(text));
	assert_int_equal(text_of(text, 8, "ab\xff\xff", ""), 6); /* nothing half of a byte */
	assert_string_equal(text, "ab\\xff");
	assert_int_equal(text_of(text, 4, "ab\u00fc", ""), 2); /* nor of a character */
	assert_string_equal(text, "ab");
	assert_int_equal(text_of(text, 1, "ab", ""), 0);
	assert_string_equal(text, "");
}

/* For each \xNN its byte, as any reader would do it. */
static void undo(char *text)
{
	char *to = text;

	while (*text) {
		char digits[3] = "";

		if (text[0] == '\\' && text[1] == 'x' && isxdigit((unsigned char)text[2]) &&
		    isxdigit((unsigned char)text[3])) {
			memcpy(digits, text + 2, 2);
			*to++ = (char)strtoul(digits, NULL, 16);
			text += 4;
		} else {
			*to++ = *text++;
		}
	}
	*to = '\0';
}

/* Whatever the bytes are: what jansson takes for UTF-8, no control character, and back. */
static void test_any_bytes(void **state)
{
	static const char likely[] = "\\xx0aAf;, \n\x1b\xc2\xc3\xe2\x80\xa8\xed\xa0\xf0\x9f\xff";

	(void)state;
	srand(17);
	for (int round = 0; round < 200 * 1000; round++) {
		char bytes[17] = "", *text;
		json_t *json;

		for (int i = 0, length = rand() % 17; i < length; i++)
			bytes[i] = (char)(rand() % 4 ? likely[(size_t)rand() % (sizeof(likely) - 1)]
						     : 1 + rand() % 255);
		text = text_new(bytes);
		assert_non_null(text);
		json = json_string(text);
		assert_non_null(json);
		json_decref(json);
		for (const char *c = text; *c; c++)
			assert_true((unsigned char)*c >= 0x20 && *c != 0x7f);
		undo(text);
		assert_string_equal(text, bytes);
		free(text);
	}
}

/* Whatever bytes a name has, they come back; but for a NUL, and more than there is room for. */
static void test_back(void **state)
{
	static const char *const names[] = {"",	     "capture", "\xff\x1b\n",
					    "\\x41", "\\",	"Pr\xc3\xbc\xc3"};
	char bytes[8], text[TEXT_ROOM(8)];

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		text_of(text, sizeof(text), names[i], "x");
		assert_int_equal(text_bytes(bytes, sizeof(bytes), text), 0);
		assert_string_equal(bytes, names[i]);
	}
	assert_int_equal(text_bytes(bytes, sizeof(bytes), "\\x41\\xFf"), 0);
	assert_string_equal(bytes, "A\xff");
	assert_int_equal(text_bytes(bytes, sizeof(bytes), "a\\x00"), -EINVAL);
	assert_int_equal(text_bytes(bytes, sizeof(bytes), "12345678"), -ENAMETOOLONG);
	assert_int_equal(text_bytes(bytes, sizeof(bytes), "1234567"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),	cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_also),	cmocka_unit_test(test_room),
		cmocka_unit_test(test_columns), cmocka_unit_test(test_any_bytes),
		cmocka_unit_test(test_back),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
