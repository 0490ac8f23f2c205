//! `enrol`: gives a capture node its id and what it needs to know of its desk.

use super::context::{ConfigPath, actor, open_keyring, open_or_make_store};
use super::out::outln;
use crate::app::nodes;
use crate::crypto::private_file;
use crate::domain::clock::{Clock, SystemClock};
use crate::domain::ids::NodeId;
use anyhow::{Context, bail};
use std::path::PathBuf;
use std::process::ExitCode;

/// Enrol a capture node: write the file it needs to know its desk
///
/// Run it where the desk is, then copy the file to the node, mode 0600, where [node] enrolment
/// names it. It holds no key that opens an envelope, but what all nodes share: keep it as you keep
/// a password. A running desk takes the node up within seconds. Enrolling a revoked node again is
/// the way to take it back.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The node's id: a-z, 0-9, - and _, at most 40 characters, e.g. web1
    node: NodeId,
    /// The file to write
    #[arg(long, value_name = "FILE", default_value = "enrolment")]
    out: PathBuf,
    /// One JSON object: {"node": …, "file": …}
    #[arg(long)]
    json: bool,
}

pub fn run(config: &ConfigPath, args: &Args) -> anyhow::Result<ExitCode> {
    let settings = config.load()?.settings;
    let file = args.out.display();
    if args.out.exists() {
        bail!("{file} exists already; name another file with --out, or remove that one");
    }
    let keyring = open_keyring(&settings)?;
    let store = open_or_make_store(&settings)?;
    let enrolment = nodes::enrol(&store, &keyring, &args.node, &actor(), SystemClock.now())?;
    private_file::create(&args.out, enrolment.to_text().as_bytes())
        .with_context(|| format!("{file} can't be written; the node is enrolled, run this again with another --out"))?;
    if args.json {
        outln!("{}", serde_json::json!({ "node": args.node, "file": args.out }))?;
        return Ok(ExitCode::SUCCESS);
    }
    outln!("Enrolled {}; its file is {file} (mode 0600).", args.node)?;
    outln!()?;
    outln!("On the node:")?;
    outln!("  1. Put {file} where [node] enrolment of its leadseal.toml says, and the same forms/ beside it.")?;
    outln!("  2. Give it a Redis user of its own (deploy/redis-users.acl, with {} for web1).", args.node)?;
    outln!("  3. leadseal --config leadseal.toml serve --role capture")?;
    if settings.redis.is_none() {
        outln!()?;
        outln!("This desk has no [redis] url yet; set it, then start the desk with: leadseal serve --role desk")?;
    }
    Ok(ExitCode::SUCCESS)
}
