//! The ways to Redis: TLS with one's own authority, the master that sentinels name, a cluster.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

mod support;

use std::path::Path;
use std::process::Command;
use std::time::Duration;
use support::eventually;
use support::forms::FormPage;
use support::http::Request;
use support::installation::{Installation, Server};
use support::redis::RedisServer;

const PATIENCE: Duration = Duration::from_secs(60);

/// A desk and one node that meet at this address.
struct Pair {
    desk: Installation,
    _desk_server: Server,
    _node: Installation,
    node_server: Server,
    sent: usize,
}

impl Pair {
    fn meet_at(url: &str, ca: Option<&Path>) -> Self {
        let desk = Installation::new();
        desk.set("redis", "url", url);
        if let Some(ca) = ca {
            desk.set("redis", "ca_file", ca.to_str().unwrap());
        }
        let node = Installation::capture_node(&desk);
        desk.succeed(&["enrol", "web1", "--out", node.root().join("enrolment").to_str().unwrap()]);
        let (desk_server, node_server) = (desk.serve_role("desk"), node.serve_role("capture"));
        Self { desk, _desk_server: desk_server, _node: node, node_server, sent: 0 }
    }

    /// A visitor's enquiry, which must arrive.
    fn send_one(&mut self) {
        let page = FormPage::load(&self.node_server, "contact", "lang=ja");
        let answers = [
            ("inquiry_type", "product"),
            ("name_family", "髙﨑"),
            ("name_given", "美咲"),
            ("email", "misaki@example.co.jp"),
            ("message", "どの道でも届きます。"),
            ("privacy", "yes"),
        ];
        let answer = self.node_server.public(&Request::form(&page.path, &page.filled(&answers)));
        assert_eq!(answer.status, 303, "{}", answer.text());
        self.sent += 1;
        eventually("the lead arrives", PATIENCE, || (self.stored() == self.sent).then_some(()));
    }

    fn stored(&self) -> usize {
        self.desk.succeed(&["leads", "list", "--json"]).lines().count()
    }
}

/// An authority of one's own and a certificate for 127.0.0.1.
fn certificates(dir: &Path) {
    let openssl = |arguments: &str| {
        let done = Command::new("openssl").args(arguments.split(' ')).current_dir(dir).output();
        let done = done.expect("openssl is needed: apt-get install openssl");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    };
    openssl(
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=test-authority",
    );
    openssl("req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout redis.key -out redis.csr -subj /CN=redis");
    std::fs::write(dir.join("ext"), "subjectAltName=IP:127.0.0.1\nbasicConstraints=CA:FALSE\n").unwrap();
    openssl("x509 -req -in redis.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out redis.pem -days 2 -extfile ext");
}

#[test]
fn over_tls_with_an_authority_of_ones_own() {
    let dir = tempfile::tempdir().unwrap();
    certificates(dir.path());
    let at = |name: &str| dir.path().join(name).display().to_string();
    let port = support::redis::free_port();
    let redis = RedisServer::start_with(&[
        ("appendonly", "yes"),
        ("tls-port", &port.to_string()),
        ("tls-cert-file", &at("redis.pem")),
        ("tls-key-file", &at("redis.key")),
        ("tls-ca-cert-file", &at("ca.pem")),
        ("tls-auth-clients", "no"),
    ]);
    let url = format!("rediss://127.0.0.1:{port}");
    Pair::meet_at(&url, Some(&dir.path().join("ca.pem"))).send_one();

    // Without that authority the certificate is refused, in words that name the fix.
    let stranger = Installation::new();
    stranger.set("redis", "url", url);
    let doctor = stranger.run(&["doctor"]);
    let said = String::from_utf8_lossy(&doctor.stdout).into_owned();
    assert!(said.contains("set [redis] ca_file"), "{said}");
    drop(redis);
}

#[test]
fn over_sentinels_to_whichever_server_is_the_master() {
    let mut first = RedisServer::start();
    let replica_of = format!("127.0.0.1 {}", first.address().port());
    let second = RedisServer::start_with(&[("appendonly", "yes"), ("replicaof", &replica_of)]);
    let watched = format!("monitor house 127.0.0.1 {} 1", first.address().port());
    let sentinel =
        RedisServer::start_sentinel(&[&watched, "down-after-milliseconds house 1000", "failover-timeout house 3000"]);
    eventually("the replica follows", PATIENCE, || {
        second.command(&["INFO", "replication"]).contains("master_link_status:up").then_some(())
    });
    eventually("the sentinel knows the replica", PATIENCE, || {
        sentinel
            .command(&["SENTINEL", "REPLICAS", "house"])
            .contains(&second.address().port().to_string())
            .then_some(())
    });
    let mut pair = Pair::meet_at(&format!("redis+sentinel://{}/house", sentinel.address()), None);
    pair.send_one();
    first.kill();
    eventually("the replica is promoted", PATIENCE, || {
        second.try_command(&["ROLE"]).filter(|role| role.starts_with("master"))
    });
    pair.send_one();
}

#[test]
fn over_a_cluster() {
    let settings = [("appendonly", "yes"), ("cluster-enabled", "yes"), ("cluster-node-timeout", "2000")];
    let servers = [(); 3].map(|()| RedisServer::start_with(&settings));
    let addresses = servers.each_ref().map(|server| server.address().to_string());
    let made = Command::new("redis-cli")
        .args(["--cluster", "create"])
        .args(&addresses)
        .args(["--cluster-replicas", "0", "--cluster-yes"])
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stdout));
    eventually("the cluster is whole", PATIENCE, || {
        let whole = |server: &RedisServer| server.command(&["CLUSTER", "INFO"]).contains("cluster_state:ok");
        servers.iter().all(whole).then_some(())
    });
    let mut pair = Pair::meet_at(&format!("redis+cluster://{}", addresses.join(",")), None);
    pair.send_one();
    pair.send_one();
    let doctor = pair.desk.run(&["doctor"]);
    let said = String::from_utf8_lossy(&doctor.stdout).into_owned();
    assert_eq!(said.matches("keeps an append-only file").count(), 3, "{said}");
}
