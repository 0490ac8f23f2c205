//! What `doctor` looks at between machines: Redis' settings on the desk, the enrolment on a node.

use super::Finding;
use crate::crypto::enrolment::Enrolment;
use crate::crypto::private_file::is_exposed;
use crate::domain::settings::{HostPort, RedisPlace, RedisSettings, Settings};
use crate::queue::redis::{Grade, Inspection, RedisClient, RedisTrouble, fetch_manifest, inspect, inspect_replicas};
use std::future::Future;

/// Looks at Redis as the desk sees it; nothing where none is set.
pub(super) fn look_at_redis(settings: &Settings) -> anyhow::Result<Vec<Finding>> {
    let Some(redis) = &settings.redis else { return Ok(Vec::new()) };
    let looked = in_runtime(async {
        let client = RedisClient::new(redis)?;
        let mut findings = inspect(&client).await?;
        findings.extend(inspect_replicas(&client, |host, port| of_replica(redis, host, port)).await?);
        Ok::<_, RedisTrouble>(findings)
    })?;
    Ok(match looked {
        Ok(findings) => findings.into_iter().map(as_finding).collect(),
        Err(trouble) => vec![Finding::broken("redis", trouble.to_string())],
    })
}

/// Looks at a capture node: its enrolment, and whether Redis lets it in.
pub(super) fn look_at_node(settings: &Settings) -> anyhow::Result<Vec<Finding>> {
    let mut findings = vec![look_at_enrolment(settings)];
    let Some(redis) = &settings.redis else {
        findings.push(Finding::broken("redis", "[redis] url is not set; without it nothing reaches the desk"));
        return Ok(findings);
    };
    let looked = in_runtime(async { fetch_manifest(&*RedisClient::new(redis)?).await })?;
    findings.push(match looked {
        Ok(Some(_)) => Finding::good("redis", "answers and holds the desk's manifest"),
        Ok(None) => Finding::advice("redis", "answers, but no desk has left its manifest; does the desk run?"),
        Err(trouble) => Finding::broken("redis", trouble.to_string()),
    });
    Ok(findings)
}

fn look_at_enrolment(settings: &Settings) -> Finding {
    let path = &settings.node.enrolment;
    let shown = path.display();
    if is_exposed(path) {
        return Finding::broken("node", format!("others can read {shown}; run: chmod go-rwx {shown}"));
    }
    match std::fs::read_to_string(path).map(|text| Enrolment::parse(&text)) {
        Ok(Ok(enrolment)) => Finding::good("node", format!("enrolled as {}", enrolment.node)),
        Ok(Err(error)) => Finding::broken("node", format!("{shown}: {error}; make it anew with: leadseal enrol")),
        Err(error) => Finding::broken("node", format!("{shown} can't be read: {error}")),
    }
}

/// The way to a replica, with the login of its master.
fn of_replica(redis: &RedisSettings, host: &str, port: u16) -> Option<std::sync::Arc<RedisClient>> {
    let host = HostPort { host: host.to_owned(), port };
    RedisClient::new(&RedisSettings { place: RedisPlace::Single { host, database: 0 }, ..redis.clone() }).ok()
}

fn as_finding(Inspection { grade, words }: Inspection) -> Finding {
    match grade {
        Grade::Good => Finding::good("redis", words),
        Grade::Advice => Finding::advice("redis", words),
        Grade::Broken => Finding::broken("redis", words),
    }
}

fn in_runtime<T>(work: impl Future<Output = T>) -> anyhow::Result<T> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work))
}
