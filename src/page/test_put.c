/* Values in pages: escaped for the place they stand in, whatever they are; and how they read. */
#include "page/test_put.h"

#include "base/test.h"

static struct zd_out out;

static int
setup(void **state)
{
	(void)state;
	out = (struct zd_out){ .max = 1 << 20 };
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	zd_out_drop(&out);
	return 0;
}

static const char *
html(void)
{
	zd_out_write(&out, (struct zd_str){ "", 1 });
	assert_false(out.failed);
	out.n--;
	return out.p;
}

#define assert_has(part) assert_non_null(strstr(html(), part))
#define assert_lacks(part) assert_null(strstr(html(), part))

static void
escapes_in_every_place(void **state)
{
	(void)state;
	test_put_html(&out, ZD_STR("<b>\"'&\\\n"), "\"><script>", -5, 7, false);
	assert_has("<p title=\"&lt;b&gt;&quot;&#39;&amp;\\\n\" class='&quot;&gt;&lt;script&gt;'>");
	assert_has("\n|&quot;&gt;&lt;script&gt;|-5|7</p>");
	assert_has("<a href=\"/a/%3Cb%3E%22%27%26%5C%0A?q=%22%3E%3Cscript%3E&amp;n=-5#7\">");
	assert_has("<a href=\"#\" data-z=\"#\">");
	assert_has("data-j='{\"s\":&quot;&lt;b&gt;\\&quot;&#39;&amp;\\\\\\n&quot;,\"n\":-5,\"z\":&"
		   "quot;\\&quot;&gt;&lt;script&gt;&quot;}'>");
	assert_has("<textarea>\n&lt;b&gt;");
	assert_lacks("<script>");
	assert_lacks("hidden");
}

static void
prints_a_flag_only_when_it_is_true(void **state)
{
	(void)state;
	test_put_html(&out, ZD_STR("/desk?a=1&b=2"), "?after=x", 1234567, 0, true);
	assert_has(" hidden>1,234,567</i>");
	assert_has("<a href=\"/desk?a=1&amp;b=2\" data-z=\"?after=x\">");
}

static void
prints_nothing_for_what_is_absent(void **state)
{
	(void)state;
	test_put_html(&out, (struct zd_str){ 0 }, NULL, 0, 0, false);
	assert_has("<p title=\"\" class=''>||0|0</p>");
	assert_has("{\"s\":null,\"n\":0,\"z\":null}");
}

static void
links_only_to_paths_of_our_own(void **state)
{
	static const char *const bad[] = { "",
					   "//evil.example",
					   "/\\evil.example",
					   "\\\\evil",
					   "https://evil",
					   "javascript:alert(1)",
					   "data:text/html,x",
					   "desk",
					   "./desk",
					   "#a",
					   "/\t/evil.example",
					   "/a\nb",
					   "/a b",
					   "/a\x7f",
					   " /a",
					   "/%0d\r" };
	static const char *const good[] = { "/", "/desk", "/desk/a?b=c#d", "?a=b",
					    "?", "/清单", "/a//b" };

	(void)state;
	for (size_t i = 0; i < N(bad); i++)
		if (page_is_own_path(zd_str_of(bad[i])))
			fail_msg("accepted %s", bad[i]);
	for (size_t i = 0; i < N(good); i++)
		if (!page_is_own_path(zd_str_of(good[i])))
			fail_msg("refused %s", good[i]);
	assert_false(page_is_own_path((struct zd_str){ 0 }));
	assert_false(page_is_own_path((struct zd_str){ "/a\0b", 4 }));
}

static void
stops_at_its_ceiling(void **state)
{
	struct zd_out little ZD_CLEANUP(zd_out_drop) = { .max = 40 };

	(void)state;
	test_put_html(&little, ZD_STR("a"), "b", 1, 2, false);
	assert_true(little.failed);
}

/* --- how values read ------------------------------------------------------------------------- */

static void
shows_days_with_their_weekday(void **state)
{
	(void)state;
	page_day(&out, zd_day_of(2026, 11, 24));
	assert_has("datetime=\"2026-11-24\">2026-11-24<span class=\"zd-weekday\">(周二)</span>");
	out.n = 0;
	page_day(&out, zd_day_of(1969, 12, 31)); /* before day 0 */
	assert_has("(周三)");
	out.n = 0;
	page_day(&out, ZD_NO_DAY);
	assert_string_equal(html(), "");
}

static void
shows_times_in_shanghai(void **state)
{
	(void)state;
	page_time(&out, 1795536000000); /* 2026-11-24T16:00Z */
	assert_has("2026-11-25");
	assert_has("<span class=\"zd-clock\">00:00</span>");
	out.n = 0;
	page_value(&out, PAGE_AS_TIME, NULL, ZD_STR("2026-11-24 09:30:05"));
	assert_has("(周二)");
	assert_has(">09:30</span>");
}

static void
value_reads(enum page_as as, struct zd_str value, const char *want)
{
	out.n = 0;
	page_value(&out, as, NULL, value);
	if (!strstr(html(), want))
		fail_msg("got %s, wanted …%s…", out.p, want);
}

static void
groups_numbers_and_money(void **state)
{
	(void)state;
	value_reads(PAGE_AS_NUMBER, ZD_STR("0"), "0");
	value_reads(PAGE_AS_NUMBER, ZD_STR("999"), "999");
	value_reads(PAGE_AS_NUMBER, ZD_STR("1000"), "1,000");
	value_reads(PAGE_AS_NUMBER, ZD_STR("-1234567"), "-1,234,567");
	value_reads(PAGE_AS_NUMBER, ZD_STR("5040.000000"), "5,040");
	value_reads(PAGE_AS_NUMBER, ZD_STR("0.250000"), "0.25");
	value_reads(PAGE_AS_NUMBER, ZD_STR("1.2.30"), "1.2.30");
	value_reads(PAGE_AS_MONEY, ZD_STR("15000000.50"), "15,000,000.50</span> 元");
	value_reads(PAGE_AS_NUMBER, ZD_STR("<b>"), "&lt;b&gt;");
	value_reads(PAGE_AS_DAY, ZD_STR("<b>"), "&lt;b&gt;");
	value_reads(PAGE_AS_TEXT, ZD_STR(""), "—");
	value_reads(PAGE_AS_YES, ZD_STR("1"), "是");
	out.n = 0;
	page_money(&out, -5);
	assert_has("-0.05");
	out.n = 0;
	page_money(&out, 1234567890);
	assert_has("12,345,678.90");
	out.n = 0;
	page_bytes(&out, 1023);
	page_bytes(&out, 1536);
	page_bytes(&out, (int64_t)5 << 30);
	assert_string_equal(html(), "1023 字节1.5 KB5.0 GB");
}

/* The groups hold no blanks between them, so that a copied code is the code. */
static void
groups_a_code_without_changing_it(void **state)
{
	char text[64];
	size_t n = 0;
	bool tag = false;

	(void)state;
	page_value(&out, PAGE_AS_USCC, NULL, ZD_STR("91350100M000100Y43"));
	assert_has("<span class=\"zd-group\">9135</span><span class=\"zd-group\">0100</span><span "
		   "class=\"zd-group\">M000</span><span class=\"zd-group\">100Y43</span>");
	for (const char *p = html(); *p; p++) {
		tag |= *p == '<';
		if (!tag)
			text[n++] = *p;
		tag &= *p != '>';
	}
	text[n] = 0;
	assert_string_equal(text, "91350100M000100Y43");
	value_reads(PAGE_AS_USCC, ZD_STR("<b>无"), "&lt;b&gt;无");
	value_reads(PAGE_AS_USCC, ZD_STR("<b>\"x"), "&lt;b&gt;&quot;x");
}

static void
gives_a_state_its_one_word_and_colour(void **state)
{
	static const struct page_choice choices[] = { { ZD_LIT("1"), ZD_LIT("存续"), PAGE_GOOD },
						      { { 0 }, { 0 }, PAGE_PLAIN } };

	(void)state;
	page_value(&out, PAGE_AS_STATE, choices, ZD_STR("1"));
	assert_has("<span class=\"zd-badge zd-good\">存续</span>");
	page_value(&out, PAGE_AS_STATE, choices,
		   ZD_STR("<9>")); /* a code nobody knows is shown as it is */
	assert_has("<span class=\"zd-badge zd-plain\">&lt;9&gt;</span>");
}

#define case_of(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		case_of(escapes_in_every_place),
		case_of(prints_a_flag_only_when_it_is_true),
		case_of(prints_nothing_for_what_is_absent),
		case_of(links_only_to_paths_of_our_own),
		case_of(stops_at_its_ceiling),
		case_of(shows_days_with_their_weekday),
		case_of(shows_times_in_shanghai),
		case_of(groups_numbers_and_money),
		case_of(groups_a_code_without_changing_it),
		case_of(gives_a_state_its_one_word_and_colour),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
