//! The leak scanner, tried: it must find a canary in every writing, and nothing in noise.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

#[path = "support/scanner/mod.rs"]
mod scanner;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use scanner::{Canary, Scanner};
use sha2::Digest as _;
use std::path::Path;
use std::sync::LazyLock;

const NAME: &str = "髙﨑 カナリア";
const EMAIL: &str = "Canary.Misaki+7f3@Tori-Kago.example";
const PHONE: &str = "０９０－４１７３－８２６５";
const KANA: &str = "ﾀｶｻｷ ｶﾅﾘｱ";
const COMPANY: &str = "株式会社鳥籠プラン";

fn scanner() -> &'static Scanner {
    static SCANNER: LazyLock<Scanner> = LazyLock::new(|| {
        Scanner::new(&[
            Canary::new("name", NAME),
            Canary::new("email", EMAIL),
            Canary::new("phone", PHONE),
            Canary::new("kana", KANA),
            Canary::new("company", COMPANY),
        ])
    });
    &SCANNER
}

/// The canaries found in `bytes` among other bytes, each once.
fn found(bytes: &[u8]) -> Vec<String> {
    let hay = [&b"\x00\xffheader: "[..], bytes, b"\" tail\x00\x01"].concat();
    let mut names: Vec<String> =
        scanner().scan_bytes(Path::new("memory"), &hay).into_iter().map(|finding| finding.canary).collect();
    names.dedup();
    names
}

#[track_caller]
fn assert_found(bytes: &[u8], canary: &str) {
    assert_eq!(found(bytes), [canary], "in {:?}", String::from_utf8_lossy(bytes));
}

fn percent(bytes: &[u8], upper: bool) -> String {
    bytes.iter().map(|b| if upper { format!("%{b:02X}") } else { format!("%{b:02x}") }).collect()
}

#[test]
fn charsets_are_seen_through() {
    assert_found(COMPANY.as_bytes(), "company");
    assert_found(&COMPANY.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>(), "company");
    assert_found(&COMPANY.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<_>>(), "company");
    for charset in [encoding_rs::SHIFT_JIS, encoding_rs::EUC_JP, encoding_rs::ISO_2022_JP] {
        assert_found(&charset.encode(COMPANY).0, "company");
        assert_found(&charset.encode(&format!("は{COMPANY}が")).0, "company");
    }
    assert_found(&encoding_rs::SHIFT_JIS.encode(NAME).0, "name");
}

#[test]
fn normal_forms_are_seen_through() {
    for (text, canary) in [
        ("canary.misaki+7f3@tori-kago.example", "email"),
        ("CANARY.MISAKI+7F3@TORI-KAGO.EXAMPLE", "email"),
        ("ｃａｎａｒｙ．ｍｉｓａｋｉ＋７ｆ３＠ｔｏｒｉ－ｋａｇｏ．ｅｘａｍｐｌｅ", "email"),
        ("+819041738265", "phone"),
        ("09041738265", "phone"),
        ("090-4173-8265", "phone"),
        ("+81 90 4173 8265", "phone"),
        ("+81-90-4173-8265", "phone"),
        ("タカサキ カナリア", "kana"),
        ("タカサキカナリア", "kana"),
        ("たかさき かなりあ", "kana"),
        ("タカサキ\u{3000}カナリア", "kana"),
        ("株式会社鳥籠プラン", "company"),
        ("株式会社鳥籠フ\u{309a}ラン", "company"),
        ("株式会社鳥籠ﾌﾟﾗﾝ", "company"),
        ("髙﨑カナリア", "name"),
    ] {
        assert_found(text.as_bytes(), canary);
    }
}

#[test]
fn escapes_are_seen_through() {
    let json = |text: &str| text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect::<String>();
    let entities = |text: &str| text.chars().map(|c| format!("&#{};", c as u32)).collect::<String>();
    let hex_entities = |text: &str| text.chars().map(|c| format!("&#x{:X};", c as u32)).collect::<String>();
    let printable = |bytes: &[u8]| bytes.iter().map(|b| format!("={b:02X}")).collect::<Vec<_>>();
    let soft_broken =
        |bytes: &[u8]| printable(bytes).chunks(5).map(<[String]>::concat).collect::<Vec<_>>().join("=\r\n");
    for text in [
        percent(COMPANY.as_bytes(), true),
        percent(COMPANY.as_bytes(), false),
        percent(&encoding_rs::SHIFT_JIS.encode(COMPANY).0, true),
        percent(percent(COMPANY.as_bytes(), true).as_bytes(), true),
        json(COMPANY),
        json(COMPANY).replace('\\', "\\\\"),
        COMPANY.escape_unicode().to_string(),
        COMPANY.as_bytes().escape_ascii().to_string(),
        entities(COMPANY),
        hex_entities(COMPANY),
        entities(COMPANY).replace('&', "&amp;"),
        soft_broken(COMPANY.as_bytes()),
        percent(json(COMPANY).as_bytes(), false),
    ] {
        assert_found(text.as_bytes(), "company");
    }
    assert_found(b"mail=canary.misaki%2B7f3%40tori-kago.example", "email");
    assert_found(
        format!("n={}+{}", percent("髙﨑".as_bytes(), true), percent("カナリア".as_bytes(), true)).as_bytes(),
        "name",
    );
    assert_found(b"tel=%2B81+90-4173-8265", "phone");
}

#[test]
fn base64_is_seen_through_at_every_alignment() {
    for before in ["", "a", "ab", "abc"] {
        for after in ["", "z", "zz"] {
            let plain = format!("{before}{COMPANY}{after}");
            assert_found(STANDARD.encode(&plain).as_bytes(), "company");
            assert_found(URL_SAFE_NO_PAD.encode(&plain).as_bytes(), "company");
        }
    }
    // A value of mixed case that was encoded after it was lower-cased.
    assert_found(STANDARD.encode(EMAIL.to_lowercase()).as_bytes(), "email");
    assert_found(
        STANDARD.encode(COMPANY.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>()).as_bytes(),
        "company",
    );
}

#[test]
fn wrapped_base64_is_seen_through() {
    for shift in 0..76 {
        let encoded = STANDARD.encode(format!("{}{COMPANY}{}", "x".repeat(shift), "y".repeat(90)));
        for line_end in ["\r\n", "\n", "\r\n "] {
            let lines: Vec<&str> = encoded.as_bytes().chunks(76).map(|c| std::str::from_utf8(c).unwrap()).collect();
            assert_found(lines.join(line_end).as_bytes(), "company");
        }
    }
}

#[test]
fn mail_headers_are_seen_through() {
    let halves = [&COMPANY[..12], &COMPANY[12..]];
    let words: Vec<String> = halves.iter().map(|half| format!("=?utf-8?b?{}?=", STANDARD.encode(half))).collect();
    assert_found(words.join("\r\n ").as_bytes(), "company");
    let quoted: Vec<String> =
        halves.iter().map(|h| format!("=?UTF-8?Q?{}?=", percent(h.as_bytes(), true).replace('%', "="))).collect();
    assert_found(quoted.join(" ").as_bytes(), "company");
    let jis = STANDARD.encode(encoding_rs::ISO_2022_JP.encode(COMPANY).0);
    assert_found(format!("=?ISO-2022-JP?B?{jis}?=").as_bytes(), "company");
}

#[test]
fn dumps_and_digests_are_seen_through() {
    assert_found(hex::encode(COMPANY).as_bytes(), "company");
    assert_found(hex::encode_upper(COMPANY).as_bytes(), "company");
    assert_found(hex::encode(encoding_rs::SHIFT_JIS.encode(COMPANY).0).as_bytes(), "company");
    assert_found(format!("{:?}", COMPANY.as_bytes()).as_bytes(), "company");
    assert_found(serde_json::to_string(COMPANY.as_bytes()).unwrap().as_bytes(), "company");
    // An unkeyed digest of an address is guessed in no time; it is a leak too.
    let digest = sha2::Sha256::digest(EMAIL.to_lowercase());
    assert_found(&digest, "email");
    assert_found(hex::encode(digest).as_bytes(), "email");
    assert_found(STANDARD.encode(digest).as_bytes(), "email");
}

#[test]
fn noise_and_masks_hold_nothing() {
    // xorshift64: steady noise without a dependency.
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut noise = Vec::new();
    while noise.len() < 4 << 20 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        noise.extend(state.to_le_bytes());
    }
    let scanner = scanner();
    let clean = |bytes: &[u8]| assert_eq!(scanner.scan_bytes(Path::new("noise"), bytes), []);
    clean(&noise);
    clean(hex::encode(&noise[..1 << 19]).as_bytes());
    clean(STANDARD.encode(&noise[..1 << 19]).as_bytes());
    clean("髙*** ﾀ*** c***@t***.example 090-****-**** 株***".as_bytes());
    clean(b"");
}

#[test]
fn findings_say_where() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("inner")).unwrap();
    let file = dir.path().join("inner/leads.db-wal");
    std::fs::write(&file, format!("0123456789{}", percent(COMPANY.as_bytes(), true))).unwrap();
    std::fs::write(dir.path().join("clean"), "nothing").unwrap();
    let findings = scanner().scan_paths(&[dir.path()]).unwrap();
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert_eq!((findings[0].offset, findings[0].canary.as_str()), (10, "company"));
    assert_eq!(findings[0].file, file);
    assert_eq!(findings[0].to_string(), format!("{}:10: company (percent, utf-8)", file.display()));
}

#[test]
fn large_files_hide_nothing_across_the_chunks() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("large");
    let mut bytes = vec![b'.'; 33 << 20];
    // Across the end of the first chunk, and near the end of the file.
    for at in [(16 << 20) - 7, (33 << 20) - 100] {
        bytes[at..at + COMPANY.len()].copy_from_slice(COMPANY.as_bytes());
    }
    std::fs::write(&file, &bytes).unwrap();
    let offsets: Vec<u64> = scanner().scan_file(&file).unwrap().iter().map(|finding| finding.offset).collect();
    assert_eq!(offsets, [(16 << 20) - 7, (33 << 20) - 100]);
}

#[test]
#[should_panic(expected = "too short")]
fn a_canary_that_noise_would_hold_is_refused() {
    Scanner::new(&[Canary::new("林", "林")]);
}
