//! Posts, made in advance: what a browser sends for the ready contact form, in Japanese and
//! English, no two alike. The same seed makes the same posts.
//!
//! Two parts are written anew each time a post is sent, at the same length: the network it comes
//! from and the key of its page view, so that neither rate limits nor idempotency see a repetition.

use std::sync::atomic::{AtomicU64, Ordering};
use url::form_urlencoded::Serializer;

/// Posts in a pool.
pub const POOL: usize = 20_000;
const SEED: u64 = 0x1ead_5ea1;
/// Longest message, in bytes of UTF-8.
const LONGEST_MESSAGE: usize = 2048;

/// Family name, given name, and both in katakana.
const JAPANESE: [(&str, &str, &str, &str); 10] = [
    ("髙﨑", "美咲", "タカサキ", "ミサキ"),
    ("佐藤", "健", "サトウ", "ケン"),
    ("齋藤", "陽菜", "サイトウ", "ヒナ"),
    ("渡邉", "大輔", "ワタナベ", "ダイスケ"),
    ("小笠原", "さくら", "オガサワラ", "サクラ"),
    ("林", "翔太", "ハヤシ", "ショウタ"),
    ("𠮷田", "真由美", "ヨシダ", "マユミ"),
    ("長谷川", "隆", "ハセガワ", "タカシ"),
    ("中村", "結衣", "ナカムラ", "ユイ"),
    ("五十嵐", "誠一郎", "イガラシ", "セイイチロウ"),
];
const KANA_HIRAGANA: [(&str, &str); 3] = [("たかさき", "みさき"), ("さとう", "けん"), ("さいとう", "ひな")];
const KANA_HALF_WIDTH: [(&str, &str); 3] = [("ﾀｶｻｷ", "ﾐｻｷ"), ("ｻﾄｳ", "ｹﾝ"), ("ﾜﾀﾅﾍﾞ", "ﾀﾞｲｽｹ")];
const ENGLISH: [(&str, &str); 6] = [
    ("Smith", "Jane"),
    ("O'Neill", "Patrick"),
    ("Müller-Lüdenscheidt", "Anna"),
    ("Nguyen", "Thi Minh"),
    ("García", "José"),
    ("Brown", "Charlotte"),
];
const COMPANIES: [&str; 6] = [
    "株式会社サンプル商事",
    "（株）山田製作所",
    "ﾃｸﾉ合同会社",
    "医療法人社団あおば会",
    "Example Trading Ltd.",
    "一般社団法人 東日本流通協会",
];
const DOMAINS: [&str; 5] = ["example.co.jp", "example.com", "mail.example.jp", "example.ac.jp", "example.org"];
const INQUIRIES: [&str; 5] = ["product", "estimate", "support", "press", "other"];
const SENTENCES_JA: [&str; 7] = [
    "資料を拝見しました。",
    "導入時期と費用について相談させてください。",
    "現在は他社のサービスを使っていますが、更新が来年三月に迫っています。",
    "社内で検討するため、ご担当者様と一度お打ち合わせをお願いできますでしょうか。",
    "ＰＤＦの送付先は下記のとおりです。",
    "\r\nよろしくお願いいたします。\r\n",
    "対象は全国で約１２０拠点、利用者は２，５００名ほどです。",
];
const SENTENCES_EN: [&str; 6] = [
    "We read your brochure with interest. ",
    "Could you tell us about prices and lead times? ",
    "Our present contract ends in March, and we would like to compare before then.\r\n",
    "There are about 120 sites and 2,500 users. ",
    "Please call in the afternoon, Japan time. ",
    "Many thanks & best regards.\r\n",
];

/// A small generator of numbers that look random (splitmix64): quick, and the same everywhere.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, most: usize) -> usize {
        (self.next() % most as u64) as usize
    }

    fn one_of<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())]
    }

    fn digits(&mut self, count: usize) -> String {
        (0..count).map(|_| char::from(b'0' + self.below(10) as u8)).collect()
    }
}

/// A request as it goes over the wire, and where its changing parts stand.
struct Post {
    bytes: Vec<u8>,
    network_at: usize,
    key_at: Option<usize>,
}

/// Posts for one form page.
pub struct Pool {
    posts: Vec<Post>,
}

/// Counts the posts of this process, so that no network and no key comes twice.
static SENT: AtomicU64 = AtomicU64::new(0);

impl Pool {
    /// Posts to the contact form at this port, with the hidden inputs of its page.
    pub fn new(port: u16, hidden: &[(String, String)]) -> Self {
        let mut dice = Dice(SEED);
        Self { posts: (0..POOL).map(|n| post(port, hidden, n, &mut dice)).collect() }
    }

    /// Writes the next post into a buffer.
    pub fn next(&self, buffer: &mut Vec<u8>) {
        let n = SENT.fetch_add(1, Ordering::Relaxed);
        let post = &self.posts[(n % self.posts.len() as u64) as usize];
        buffer.clear();
        buffer.extend_from_slice(&post.bytes);
        // Three digits each: 100 to 255.
        let octets = [n / (156 * 156) % 156, n / 156 % 156, n % 156].map(|part| part + 100);
        for (place, octet) in octets.iter().enumerate() {
            let at = post.network_at + place * 4;
            buffer[at..at + 3].copy_from_slice(&[octet / 100, octet / 10 % 10, octet % 10].map(|d| b'0' + d as u8));
        }
        if let Some(at) = post.key_at {
            for place in 0..16 {
                buffer[at + 31 - place] = b"0123456789abcdef"[(n >> (4 * place) & 15) as usize];
            }
        }
    }

    /// Bytes of a post's body, on average.
    pub fn mean_body(&self) -> u64 {
        let bodies = self.posts.iter().map(|post| {
            let head = post.bytes.windows(4).position(|mark| mark == b"\r\n\r\n").map_or(0, |at| at + 4);
            (post.bytes.len() - head) as u64
        });
        bodies.sum::<u64>() / self.posts.len() as u64
    }
}

fn post(port: u16, hidden: &[(String, String)], n: usize, dice: &mut Dice) -> Post {
    let english = dice.below(4) == 0;
    let mut form = Serializer::new(String::new());
    for (name, value) in hidden {
        form.append_pair(name, if name == "_lang" && english { "en" } else { value });
    }
    form.append_pair("inquiry_type", dice.one_of(&INQUIRIES));
    if dice.below(5) > 0 {
        form.append_pair("company", &format!("{} {}", dice.one_of(&COMPANIES), n % 997));
    }
    names(&mut form, english, dice);
    form.append_pair("email", &email(n, dice));
    if dice.below(4) > 0 {
        form.append_pair("tel", &telephone(dice));
    }
    form.append_pair("message", &message(english, dice)).append_pair("privacy", "yes");
    if dice.below(3) == 0 {
        form.append_pair("marketing", "yes");
    }
    let body = form.finish();
    let head = format!(
        "POST /f/contact HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\n\
         User-Agent: Mozilla/5.0 (X11; Linux x86_64) bench\r\n\
         Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n\
         Accept-Language: ja,en;q=0.7\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\nX-Forwarded-For: 10.",
        body.len()
    );
    let bytes = format!("{head}000.000.000\r\n\r\n{body}").into_bytes();
    let key_at = body.find("_key=").map(|at| bytes.len() - body.len() + at + 5);
    Post { network_at: head.len(), key_at, bytes }
}

fn names(form: &mut Serializer<'_, String>, english: bool, dice: &mut Dice) {
    if english {
        let (family, given) = dice.one_of(&ENGLISH);
        form.append_pair("name_family", family).append_pair("name_given", given);
        return;
    }
    let (family, given, kana_family, kana_given) = dice.one_of(&JAPANESE);
    let (kana_family, kana_given) = match dice.below(4) {
        0 => dice.one_of(&KANA_HIRAGANA),
        1 => dice.one_of(&KANA_HALF_WIDTH),
        _ => (kana_family, kana_given),
    };
    form.append_pair("name_family", family).append_pair("name_given", given);
    form.append_pair("kana_family", kana_family).append_pair("kana_given", kana_given);
}

fn email(n: usize, dice: &mut Dice) -> String {
    let name = dice.one_of(&["misaki.takasaki", "k-sato", "info", "jane.smith+web", "tanaka_hiroshi"]);
    let address = format!("{name}.{n}@{}", dice.one_of(&DOMAINS));
    if dice.below(8) == 0 { full_width(&address) } else { address }
}

fn telephone(dice: &mut Dice) -> String {
    let (one, two) = (format!("{}{}", 2 + dice.below(8), dice.digits(3)), dice.digits(4));
    match dice.below(6) {
        0 => format!("090-{one}-{two}"),
        1 => format!("080{one}{two}"),
        2 => full_width(&format!("070-{one}-{two}")),
        3 => format!("03-5{}-{two}", &one[1..]),
        4 => format!("+81 90 {one} {two}"),
        _ => full_width(&format!("066{}{two}", &one[1..])),
    }
}

fn message(english: bool, dice: &mut Dice) -> String {
    // Most people write a few lines, some a page.
    let scale = dice.one_of(&[120, 300, 300, 600, 600, 1000, LONGEST_MESSAGE - 120]);
    let wanted = scale / 2 + dice.below(scale / 2 + 1);
    let mut text = format!("[{}] ", dice.digits(6));
    while text.len() < wanted {
        text.push_str(if english { dice.one_of(&SENTENCES_EN) } else { dice.one_of(&SENTENCES_JA) });
    }
    text
}

/// The same in full width, as Japanese keyboards write it.
fn full_width(text: &str) -> String {
    let wide = |letter: char| match letter {
        '!'..='~' => char::from_u32(u32::from(letter) + 0xfee0).unwrap_or(letter),
        other => other,
    };
    text.chars().map(wide).collect()
}
