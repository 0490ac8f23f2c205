//! What each metric means: the help that a scrape shows and `docs/operating.md` repeats.

/// Counters and their meaning.
const COUNTERS: [(&str, &str); 17] = [
    ("leadseal_submissions_total", "Posts by form and outcome; unavailable means that visitors are turned away"),
    ("leadseal_thanks_refused_total", "Posts that asked for a page after a success that their form does not list"),
    (
        "leadseal_captcha_total",
        "Captchas of others by form and outcome; unknown means that the provider could not be asked",
    ),
    ("leadseal_site_calls_total", "Signed calls of sites' own servers, by call and outcome"),
    ("leadseal_http_requests_total", "Answers by route and status class"),
    ("leadseal_funnel_total", "Steps of visitors since the start, by form and event; no visitor is told apart"),
    ("leadseal_leads_stored_total", "Leads stored since the start, by form"),
    ("leadseal_envelopes_unopened_total", "Envelopes set aside since the start because they did not open"),
    ("leadseal_leads_quarantined_total", "Submissions put into quarantine since the start: nobody was told"),
    ("leadseal_mail_sent_total", "Mails handed to the relay, by kind"),
    ("leadseal_mail_failed_total", "Tries to send a mail that failed, by kind and class"),
    ("leadseal_requests_total", "Requests of people about their own data, by kind and by what they began as"),
    (
        "leadseal_retention_erased_total",
        "Leads and sealed envelopes erased since the start because their days were over",
    ),
    ("leadseal_forwarded_total", "Envelopes a capture node handed to Redis; one may be handed over again"),
    ("leadseal_streams_begun_anew_total", "Times a node's stream had lost entries and was sent anew"),
    ("leadseal_confirmations_refused_total", "Confirmations a node was sent that its desk had not signed"),
    ("leadseal_stream_entries_dropped_total", "Stream entries without an envelope, which leadseal did not write"),
];

/// Gauges and their meaning.
const GAUGES: [(&str, &str); 15] = [
    ("leadseal_spool_waiting", "Sealed submissions that the desk has not taken yet"),
    ("leadseal_node_under_way", "Envelopes of a capture node in Redis that the desk has not confirmed"),
    ("leadseal_queue_waiting", "Envelopes in Redis that the desk has not taken yet, over all nodes"),
    ("leadseal_redis_up", "1 while Redis can be used"),
    ("leadseal_ingest_paused", "1 while the desk takes nothing in; the log says why"),
    ("leadseal_leads", "Leads stored"),
    ("leadseal_envelopes_unopened", "Envelopes that did not open and are kept sealed"),
    ("leadseal_quarantined", "Submissions in quarantine, kept sealed"),
    ("leadseal_requests_waiting", "Requests of people about their own data that nobody has carried out yet"),
    ("leadseal_retention_waits", "1 while nothing is erased because the clock moved far; the log says what to do"),
    ("leadseal_retention_last_run_seconds", "When retention was last carried out whole, in seconds since 1970"),
    ("leadseal_mail_failing", "1 while mail fails"),
    ("leadseal_outbox_waiting", "Mails that are not sent yet"),
    ("leadseal_outbox_failing", "Mails that failed and are tried again"),
    ("leadseal_outbox_dead", "Mails that were given up"),
];

/// Tells the recorder what the metrics mean.
pub(super) fn describe() {
    for (name, meaning) in COUNTERS {
        metrics::describe_counter!(name, meaning);
    }
    for (name, meaning) in GAUGES {
        metrics::describe_gauge!(name, meaning);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_operators_guide_names_every_metric() {
        let guide = include_str!("../../docs/operating.md");
        for (name, _) in COUNTERS.iter().chain(&GAUGES) {
            assert!(guide.contains(&format!("`{name}")), "{name}");
        }
    }
}
