// A mail relay on loopback that keeps what it is given. Refuses to send anything on.

import { createServer } from 'node:net';

const BASE64 = /^[A-Za-z0-9+/=\r\n]+$/;

function decodeBody(headers, body) {
  const encoding = /^content-transfer-encoding:\s*(\S+)/im.exec(headers)?.[1]?.toLowerCase();
  if (encoding === 'base64' && BASE64.test(body.trim())) return Buffer.from(body, 'base64').toString('utf8');
  if (encoding === 'quoted-printable') {
    const bytes = body.replace(/=\r?\n/g, '').replace(/=([0-9A-F]{2})/gi, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
    return Buffer.from(bytes, 'latin1').toString('utf8');
  }
  return body;
}

function decodeWords(text) {
  const joined = text.replace(/\r?\n[ \t]+/g, ' ').replace(/\?=\s+=\?/g, '?==?');
  return joined.replace(/=\?utf-8\?([bq])\?([^?]*)\?=/gi, (_, kind, words) =>
    (kind.toLowerCase() === 'b' ? Buffer.from(words, 'base64').toString('utf8') : decodeBody('content-transfer-encoding: quoted-printable', words.replace(/_/g, ' '))));
}

/** A message as a person reads it: its subject and every text part, decoded. */
export function readMail(raw) {
  const [headers, ...rest] = raw.split(/\r?\n\r?\n/);
  const body = rest.join('\r\n\r\n');
  const boundary = /boundary="?([^"\r\n;]+)"?/i.exec(headers)?.[1];
  const subject = decodeWords(/^subject:\s*(.*(?:\r?\n[ \t].*)*)/im.exec(headers)?.[1] ?? '');
  if (!boundary) return { subject, text: decodeBody(headers, body) };
  const parts = body.split(`--${boundary}`).slice(1, -1).map((part) => readMail(part.replace(/^\r?\n/, '')).text);
  return { subject, text: parts.join('\n') };
}

/** Listens until `stop`; `messages` grows: {from, to, raw, subject, text}. */
export async function startSmtp() {
  const messages = [];
  const server = createServer((socket) => {
    let [waiting, mail, inData] = ['', { to: [] }, false];
    const say = (line) => socket.write(`${line}\r\n`);
    say('220 test');
    socket.on('error', () => {});
    socket.setEncoding('utf8');
    socket.on('data', (chunk) => {
      waiting += chunk;
      for (;;) {
        if (inData) {
          const end = waiting.indexOf('\r\n.\r\n');
          if (end < 0) return;
          const raw = waiting.slice(0, end).replace(/\r\n\.\./g, '\r\n.');
          waiting = waiting.slice(end + 5);
          inData = false;
          messages.push({ ...mail, raw, ...readMail(raw) });
          mail = { to: [] };
          say('250 kept');
          continue;
        }
        const end = waiting.indexOf('\r\n');
        if (end < 0) return;
        const line = waiting.slice(0, end);
        waiting = waiting.slice(end + 2);
        if (/^(ehlo|helo)/i.test(line)) say('250 test');
        else if (/^mail from:/i.test(line)) { mail = { from: /<(.*)>/.exec(line)?.[1] ?? '', to: [] }; say('250 ok'); }
        else if (/^rcpt to:/i.test(line)) { mail.to.push(/<(.*)>/.exec(line)?.[1] ?? ''); say('250 ok'); }
        else if (/^data/i.test(line)) { inData = true; say('354 go on'); waiting = `\r\n${waiting}`; }
        else if (/^quit/i.test(line)) { say('221 bye'); socket.end(); }
        else say('250 ok');
      }
    });
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return {
    port: server.address().port,
    messages,
    stop: () => new Promise((done) => { server.close(done); server.unref(); }),
  };
}
