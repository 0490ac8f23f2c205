//! What a Redis' settings mean for the leads in it: for `doctor` and the start of the desk.
//!
//! Judges; changes nothing. The promise that nothing is lost rests on the spools. These settings
//! decide whether a second copy is there when a capture machine burns down.

use super::client::RedisClient;
use super::trouble::RedisTrouble;
use redis::{Value, cmd};
use std::collections::HashMap;

/// The oldest version with all that is used (`SET … NX GET`, ACL permissions per key and direction).
const OLDEST: u32 = 7;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grade {
    /// As it should be.
    Good,
    /// Somebody should look.
    Advice,
    /// What lies in Redis can be lost.
    Broken,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspection {
    /// How bad it is.
    pub grade: Grade,
    /// What, and what to do.
    pub words: String,
}

impl Inspection {
    fn new(grade: Grade, words: impl Into<String>) -> Self {
        Self { grade, words: words.into() }
    }
}

/// What `INFO` says, by name.
type Info = HashMap<String, String>;

/// Looks at a Redis, or at every node of a cluster.
///
/// # Errors
/// When it can't be used at all.
pub async fn inspect(client: &RedisClient) -> Result<Vec<Inspection>, RedisTrouble> {
    let mut findings = Vec::new();
    for (place, info) in read_info(client).await? {
        refuse_old(&info)?;
        let mut found = judge(&info);
        found.extend(judge_fsync(client, &info).await);
        findings.extend(found.into_iter().map(|finding| match &place {
            Some(place) => Inspection { words: format!("{place}: {}", finding.words), ..finding },
            None => finding,
        }));
    }
    Ok(findings)
}

/// Refuses a Redis that is too old.
///
/// # Errors
/// When it is, or can't be used.
pub(super) async fn check_version(client: &RedisClient) -> Result<(), RedisTrouble> {
    read_info(client).await?.iter().try_for_each(|(_, info)| refuse_old(info))
}

/// The answer to `INFO`; of a cluster, each node's with its address.
async fn read_info(client: &RedisClient) -> Result<Vec<(Option<String>, Info)>, RedisTrouble> {
    let text = |value: Value| redis::from_redis_value::<String>(value).map_err(|_| RedisTrouble::NotRedis);
    match client.query(&cmd("INFO")).await? {
        Value::Map(nodes) => {
            nodes.into_iter().map(|(place, info)| Ok((Some(text(place)?), parse_info(&text(info)?)))).collect()
        }
        answer => Ok(vec![(None, parse_info(&text(answer)?))]),
    }
}

fn parse_info(text: &str) -> Info {
    let lines = text.lines().filter_map(|line| line.split_once(':'));
    lines.map(|(name, value)| (name.to_owned(), value.trim_end().to_owned())).collect()
}

fn refuse_old(info: &Info) -> Result<(), RedisTrouble> {
    // Valkey tells the Redis version that it is compatible with, 7.2.4, and its own besides.
    let version = info.get("redis_version").ok_or(RedisTrouble::NotRedis)?;
    let major = version.split('.').next().and_then(|major| major.parse::<u32>().ok());
    if major.is_some_and(|major| major >= OLDEST) || info.contains_key("valkey_version") {
        return Ok(());
    }
    let shown: String = version.chars().filter(|c| c.is_ascii_digit() || *c == '.').take(16).collect();
    Err(RedisTrouble::TooOld(shown))
}

fn judge(info: &Info) -> Vec<Inspection> {
    let value = |name: &str| info.get(name).map_or("", String::as_str);
    let mut findings = Vec::new();
    let mut say = |grade, words: &str| findings.push(Inspection::new(grade, words));
    if value("role") == "slave" {
        say(Grade::Broken, "this is a replica and takes no writes; point [redis] url at the master");
    }
    match value("aof_enabled") {
        "0" => say(
            Grade::Broken,
            "appendonly is no: after a restart Redis has forgotten what it held (nodes send it again); set appendonly yes",
        ),
        _ => say(Grade::Good, "keeps an append-only file"),
    }
    match value("maxmemory_policy") {
        policy if policy.starts_with("allkeys") => say(
            Grade::Broken,
            "maxmemory-policy may throw leads away when memory is short; set maxmemory-policy noeviction",
        ),
        policy if policy.starts_with("volatile") => {
            say(Grade::Advice, "maxmemory-policy evicts what nodes share; set maxmemory-policy noeviction");
        }
        _ => {}
    }
    for (name, file) in [("aof_last_write_status", "append-only file"), ("rdb_last_bgsave_status", "snapshot")] {
        if value(name) == "err" {
            say(Grade::Broken, &format!("its last {file} could not be written; make room on its disk"));
        }
    }
    findings
}

/// `appendfsync` stands in `CONFIG` alone, which not every user may read.
async fn judge_fsync(client: &RedisClient, info: &Info) -> Option<Inspection> {
    if info.get("aof_enabled").is_none_or(|enabled| enabled != "1") {
        return None;
    }
    let answer: Value = client.query(cmd("CONFIG").arg("GET").arg("appendfsync")).await.ok()?;
    let pairs: HashMap<String, String> = redis::from_redis_value(answer).ok()?;
    (pairs.get("appendfsync")? == "no").then(|| {
        Inspection::new(Grade::Advice, "appendfsync is no: a power cut costs Redis half a minute; set everysec")
    })
}

/// The replicas that a Redis tells of: host and port.
fn replicas(info: &Info) -> Vec<(String, u16)> {
    let mut found = Vec::new();
    for at in 0.. {
        let Some(line) = info.get(&format!("slave{at}")) else { break };
        let part = |name: &str| line.split(',').find_map(|part| part.strip_prefix(name));
        if let (Some(host), Some(port)) = (part("ip="), part("port=").and_then(|port| port.parse().ok())) {
            found.push((host.to_owned(), port));
        }
    }
    found
}

/// Looks at the replicas of a single Redis: one without an append-only file, promoted after a
/// failure and restarted, has nothing.
///
/// # Errors
/// When the Redis itself can't be used.
pub async fn inspect_replicas(
    client: &RedisClient,
    open: impl Fn(&str, u16) -> Option<std::sync::Arc<RedisClient>>,
) -> Result<Vec<Inspection>, RedisTrouble> {
    let mut findings = Vec::new();
    for (_, info) in read_info(client).await? {
        for (host, port) in replicas(&info) {
            let asked = match open(&host, port) {
                Some(replica) => read_info(&replica).await.ok(),
                None => None,
            };
            match asked.and_then(|infos| infos.into_iter().next()) {
                Some((_, info)) if info.get("aof_enabled").is_some_and(|enabled| enabled == "0") => {
                    let words =
                        format!("the replica {host}:{port} keeps no append-only file; set appendonly yes there too");
                    findings.push(Inspection::new(Grade::Broken, words));
                }
                Some(_) => {
                    findings.push(Inspection::new(Grade::Good, format!("the replica {host}:{port} keeps one too")))
                }
                None => {
                    let words = format!("the replica {host}:{port} can't be asked; see that it has appendonly yes");
                    findings.push(Inspection::new(Grade::Advice, words));
                }
            }
        }
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grades(text: &str) -> Vec<Grade> {
        judge(&parse_info(text)).into_iter().map(|finding| finding.grade).collect()
    }

    #[test]
    fn settings_that_lose_data_are_found() {
        assert_eq!(grades("role:master\r\naof_enabled:1\r\nmaxmemory_policy:noeviction\r\n"), [Grade::Good]);
        assert_eq!(grades("aof_enabled:0\nmaxmemory_policy:noeviction"), [Grade::Broken]);
        assert_eq!(grades("aof_enabled:1\nmaxmemory_policy:allkeys-lru"), [Grade::Good, Grade::Broken]);
        assert_eq!(grades("aof_enabled:1\nmaxmemory_policy:volatile-ttl"), [Grade::Good, Grade::Advice]);
        assert_eq!(grades("role:slave\naof_enabled:1"), [Grade::Broken, Grade::Good]);
        assert_eq!(grades("aof_enabled:1\naof_last_write_status:err"), [Grade::Good, Grade::Broken]);
    }

    #[test]
    fn old_versions_and_other_programs_are_refused_and_valkey_is_not() {
        let judged = |text: &str| refuse_old(&parse_info(text));
        assert_eq!(judged("redis_version:7.0.15"), Ok(()));
        assert_eq!(judged("redis_version:8.2.0"), Ok(()));
        assert_eq!(judged("server_name:valkey\nredis_version:7.2.4\nvalkey_version:8.1.0"), Ok(()));
        assert_eq!(judged("redis_version:6.2.14"), Err(RedisTrouble::TooOld("6.2.14".to_owned())));
        assert_eq!(judged("hello"), Err(RedisTrouble::NotRedis));
    }

    #[test]
    fn replicas_are_read() {
        let info = parse_info("slave0:ip=10.0.0.2,port=6379,state=online,offset=1,lag=0\r\nslave1:ip=::1,port=7000");
        assert_eq!(replicas(&info), [("10.0.0.2".to_owned(), 6379), ("::1".to_owned(), 7000)]);
    }
}
