/* The four kinds of action and how they are called. */
#include "action/action.h"

const struct action_kind_name action_kinds[ACTION_KINDS] = {
	[ACTION_CHECK] = { "check", "check_action", "行政检查", NULL, "check_result", "检查结果" },
	[ACTION_PUNISH] = { "punish", "punish_action", "行政处罚", "check_action_code",
			    "punish_type", "处罚种类" },
	[ACTION_FORCE] = { "force", "force_action", "行政强制", "check_action_code", "force_type",
			   "强制种类" },
	[ACTION_OTHER] = { "other", "other_action", "其他行为", "check_behavior_number", NULL,
			   NULL },
};

int
action_kind_find(struct zd_str word)
{
	for (int i = 0; i < ACTION_KINDS; i++)
		if (zd_str_equal(zd_str_of(action_kinds[i].word), word))
			return i;
	return -1;
}
