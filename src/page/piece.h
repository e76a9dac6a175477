#ifndef ZD_PAGE_PIECE_H
#define ZD_PAGE_PIECE_H

#include <string.h>

#include "page/page.h"

/* Words and signs of tones and steps, for piece.html. */
const char *page_tone_name(enum page_tone tone); /* class zd-NAME */
const char *page_tone_icon(enum page_tone tone);
const char *page_step_name(enum page_step_state state);
const char *page_step_word(enum page_step_state state);

#endif
