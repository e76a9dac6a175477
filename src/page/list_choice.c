/* A filter with choices takes one of them: what is none is refused, with what could be chosen. */
#include "page/list.h"
#include "standard/text.h"

#define TOLD_BYTES 220 /* of choices in the sentence; programs get them all */
#define SHOWN_BYTES 40 /* of the refused value */

static size_t
count(const struct page_choice *choices)
{
	size_t n = 0;

	while (choices && choices[n].name.p)
		n++;
	return n;
}

static size_t
away(struct zd_str sent, struct zd_str word)
{
	if (!word.n)
		return SIZE_MAX;
	if (zd_str_starts(word, sent) || zd_str_starts(sent, word))
		return 0;
	return text_distance(sent, word, 1);
}

/* A word that begins so, or is a slip or two away; codes of digits are not near each other. */
static const struct page_choice *
nearest(const struct page_choice *choices, struct zd_str sent)
{
	const struct page_choice *found = NULL;
	size_t best = 3; /* of as near ones the shortest */

	if (text_digits(sent))
		return NULL;
	for (; choices->name.p; choices++) {
		size_t by_value = away(sent, choices->value), by_name = away(sent, choices->name);
		size_t d = by_value < by_name ? by_value : by_name;
		if (d < best || (found && d == best && choices->value.n < found->value.n)) {
			best = d;
			found = choices;
		}
	}
	return found;
}

static void
put_choice(struct zd_out *out, const struct page_choice *choice)
{
	zd_out_write(out, choice->value);
	zd_out_printf(out, "（%.*s）", ZD_STR_ARG(choice->name));
}

static struct zd_str
told(struct zd_arena *arena, const struct page_choice *choices, size_t n)
{
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 4096 };
	size_t i = 0;

	for (; i < n && out.n < TOLD_BYTES; i++) {
		size_t before = out.n;
		if (i)
			zd_out_write(&out, ZD_STR("、"));
		put_choice(&out, &choices[i]);
		if (out.n > TOLD_BYTES && i) {
			out.n = before;
			break;
		}
	}
	if (i < n)
		zd_out_printf(&out, " 等 %zu 项", n);
	return zd_str_copy(arena, zd_out_str(&out));
}

enum zd_rc
list_check_choice(struct zd_cx *cx, struct list_view *view, struct list_filter *filter)
{
	const struct page_choice *choices = filter->choices, *near;
	struct zd_str sent = zd_str_trim(filter->value), shown = text_cut(sent, SHOWN_BYTES / 3);
	struct zd_out hint ZD_CLEANUP(zd_out_drop) = { .max = 512 };
	size_t n = count(choices);

	if (!n || !sent.n || page_choice_find(choices, sent))
		return ZD_OK;
	near = nearest(choices, sent);
	if (near) {
		zd_out_write(&hint, ZD_STR("是否想选 "));
		put_choice(&hint, near);
		zd_out_write(&hint, ZD_STR("？"));
	}
	view->wrong = filter;
	struct zd_str about = zd_str_copy(cx->arena, zd_out_str(&hint)),
		      all = told(cx->arena, choices, n);
	return zd_fail(cx, ZD_INVALID, filter->db->name, "“%s”没有“%.*s%s”这个选项。%.*s可选：%.*s",
		       filter->db->title, ZD_STR_ARG(shown), shown.n < sent.n ? "…" : "",
		       ZD_STR_ARG(about), ZD_STR_ARG(all));
}

/* For programs: every choice, beside the sentence. */
void
list_tell_choices(struct zd_cx *cx, const struct list_view *view, struct http_request *req)
{
	const struct list_filter *filter = view->wrong;

	if (!filter)
		return;
	size_t n = count(filter->choices);
	struct http_choice *choices = zd_new_array(cx->arena, struct http_choice, n);
	for (size_t i = 0; i < n; i++)
		choices[i] =
			(struct http_choice){ filter->choices[i].value, filter->choices[i].name };
	const struct page_choice *near = nearest(filter->choices, zd_str_trim(filter->value));
	req->refused = (struct http_refused){ .value = filter->value,
					      .nearest = near ? near->value : (struct zd_str){ 0 },
					      .choices = choices,
					      .n = n };
}
