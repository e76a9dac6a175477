/*
 * How sign-ins end and what the gate refuses, as counts for /metrics and events for the log: an operator
 * sees an attack while it runs. The record of it is the audit log, which this does not replace.
 */
#include "base/event.h"
#include "trust/trust_app.h"
#include "trust/trust_private.h"

static struct metric signins = { .name = "zd_signin_total",
				 .help = "Attempts to sign in, by how they ended",
				 .kind = METRIC_COUNTER,
				 .label = "outcome",
				 .values = { "opened", "refused", "code_refused", "locked" } };
static struct metric refusals = { .name = "zd_refused_total",
				  .help = "Requests of known people and keys that the gate refused",
				  .kind = METRIC_COUNTER };

void
trust_metrics_add(void)
{
	static struct metric *const list[] = { &signins, &refusals, NULL };

	zd_metrics_add(list);
}

void
trust_measure_signin(const struct zd_cx *cx, const struct trust_signed *signed_in)
{
	static const char *const names[] = { "signin.opened", "signin.refused",
					     "signin.code_refused", "signin.locked" };
	enum trust_signin_end end = signed_in->end;
	struct zd_str account = signed_in->account;

	if (end == TRUST_SIGNIN_UNTRIED)
		return;
	zd_metric_add(&signins, end, 1);
	zd_event(cx, end == TRUST_SIGNIN_OPENED ? EVENT_INFO : EVENT_WARN, names[end],
		 EVENT_TEXT("account", account.n ? account : ZD_STR("-")),
		 EVENT_TEXT("address", cx->actor.address));
}

void
trust_measure_refusal(void)
{
	zd_metric_add(&refusals, 0, 1);
}
