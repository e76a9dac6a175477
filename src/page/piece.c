/* Words and signs of tones and steps. */
#include "page/piece.h"

const char *
page_tone_name(enum page_tone tone)
{
	static const char *const names[] = { "plain", "info", "good", "warn", "bad" };

	return names[tone];
}

const char *
page_tone_icon(enum page_tone tone)
{
	static const char *const icons[] = { "info-circle", "info-circle", "circle-check",
					     "alert-triangle", "alert-circle" };

	return icons[tone];
}

const char *
page_step_name(enum page_step_state state)
{
	static const char *const names[] = { "later", "now", "done", "stopped" };

	return names[state];
}

const char *
page_step_word(enum page_step_state state)
{
	static const char *const words[] = { "未开始", "进行中", "已完成", "已中止" };

	return words[state];
}
