#ifndef ZD_DEMO_WORDS_H
#define ZD_DEMO_WORDS_H

#include <stddef.h>

struct demo_organ {
	const char *name, *national; /* 2-digit code of the national department list */
	int weight;                  /* share of the city's actions */
};
struct demo_theme {
	const char *national, *objects, *laws; /* comma-separated */
};
struct demo_area {
	const char *code, *name;
	int weight;
};

extern const struct demo_organ demo_organs[];
extern const size_t demo_organs_n;
extern const struct demo_theme demo_themes[];
extern const size_t demo_themes_n;
extern const struct demo_area demo_areas[];
extern const size_t demo_areas_n;
extern const char demo_surnames[], demo_given[], demo_fancy[]; /* UTF-8, three bytes a character */
extern const char *const demo_trades[], *const demo_trade_classes[],
						*const demo_shops[], *const demo_streets[],
									     *const demo_offences[];
extern const size_t demo_trades_n, demo_shops_n, demo_streets_n, demo_offences_n;

#endif
