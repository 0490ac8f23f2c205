// What the form does for its visitor with the real server behind it: addresses from postal codes,
// characters in their normal form, pages that were cached for a week, checks, counts.

import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { LEAD, fillContact, startBrowser, startHouse, startSite } from './house.mjs';

const pages = {};
let [site, house, strict, browser, context] = [];
const listed = (form) => form.replace('retention_days', `allowed_origins = ["${site.origin}"]\nretention_days`);
const policy = () =>
  `default-src 'none'; script-src ${house.public}; connect-src ${house.public}; style-src ${house.public}; form-action ${house.public}`;

before(async () => {
  site = await startSite(pages);
  // It begins eight days ago: what it serves then is in somebody's cache today.
  house = await startHouse(listed, { everyForm: true, clock: '-8d' });
  const fragment = await (await fetch(`${house.public}/f/contact/fragment?lang=ja`)).text();
  pages['/cached'] = { body: `<!doctype html><html lang="ja"><title>Site</title><main><h1>x</h1>${fragment}</main>`, policy: policy() };
  await house.restart();
  strict = await startHouse((form) => listed(form).replace('[form]\n', '[form]\nform_token = "when_present"\n'), { limits: '12' });
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  await Promise.all([house, strict, site].map((each) => each?.stop()));
});
afterEach(async () => { await context?.close(); });

async function visitor(options = {}) {
  context = await browser.newContext({ viewport: { width: 390, height: 844 }, ...options });
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  page.complaints = [];
  page.on('pageerror', (error) => page.complaints.push(String(error)));
  return page;
}

const leads = (at = house) => at.run('leads', 'list', '--json').split('\n').filter(Boolean).map((line) => JSON.parse(line));
const exported = (at = house) =>
  at.run('export', '--format', 'jsonl', '--reveal', '--reason', 'audit').split('\n').filter(Boolean).map((line) => JSON.parse(line));

/** Waits for what comes a moment after a success. */
async function eventually(probe) {
  for (const end = Date.now() + 20_000; Date.now() < end; await new Promise((again) => setTimeout(again, 50))) {
    const found = probe();
    if (found) return found;
  }
  assert.fail('it never came');
}

/** What has the focus: its name, else its value or type. */
const focused = (page) => page.evaluate(() => {
  const at = document.activeElement;
  return at.name && at.type !== 'submit' ? at.name : at.value || at.type;
});

/** Presses Tab until `what` has the focus. */
async function tabTo(page, what) {
  for (let presses = 0; presses < 60; presses += 1) {
    await page.keyboard.press('Tab');
    if (await focused(page) === what) return;
  }
  assert.fail(`Tab never reached ${what}`);
}

describe('by keyboard alone, over the confirm screen and back', () => {
  for (const lang of ['ja', 'en']) {
    for (const width of [320, 1440]) {
      for (const javaScriptEnabled of [true, false]) {
        test(`${lang}, ${width} px, script ${javaScriptEnabled ? 'on' : 'off'}`, async () => {
          const page = await visitor({ viewport: { width, height: 800 }, javaScriptEnabled });
          await page.goto(`${house.public}/f/event-registration?lang=${lang}`);
          if (javaScriptEnabled) await page.locator('.leadseal[data-ready=yes]').waitFor();
          const email = `keys.${lang}.${width}.${javaScriptEnabled}@example.co.jp`;
          const typed = { name_family: '髙﨑', name_given: '美咲', email };
          await tabTo(page, 'session');
          await page.keyboard.press('Space');
          // Online, and as an individual: nothing more is asked for.
          for (const name of ['participation', 'applicant']) {
            await tabTo(page, name);
            await page.keyboard.press('ArrowDown');
          }
          // In the order of the page: English puts the given name first.
          for (const name of lang === 'ja' ? ['name_family', 'name_given', 'email'] : ['name_given', 'name_family', 'email']) {
            await tabTo(page, name);
            await page.keyboard.insertText(typed[name]);
          }
          await tabTo(page, 'privacy');
          await page.keyboard.press('Space');
          await tabTo(page, 'submit');
          await page.keyboard.press('Enter');
          await page.locator('.ls-review').waitFor();
          assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width, 'no scrolling sideways');
          await tabTo(page, 'edit');
          await page.keyboard.press('Enter');
          await page.locator('[name=email]').waitFor();
          for (const [name, value] of Object.entries(typed)) assert.equal(await page.locator(`[name=${name}]`).inputValue(), value);
          await tabTo(page, 'submit');
          await page.keyboard.press('Enter');
          await page.locator('.ls-review').waitFor();
          await tabTo(page, 'send');
          await page.keyboard.press('Enter');
          await page.waitForURL(/thanks/);
          if (javaScriptEnabled) assert.equal(await page.evaluate(() => sessionStorage.length), 0, 'nothing is left in the tab');
          await eventually(() => JSON.stringify(exported()).includes(email));
        });
      }
    }
  }
});

describe('on a page of another origin', () => {
  test('a form written by hand posts, and the script leaves it alone', async () => {
    pages['/hand'] = {
      body: `<!doctype html><html lang="ja"><title>Site</title><main><h1>x</h1>
        <form method="post" action="${strict.public}/f/contact" accept-charset="utf-8">
          <input type="hidden" name="_lang" value="ja"><input type="hidden" name="inquiry_type" value="product">
          <input name="name_family"><input name="name_given"><input name="email"><textarea name="message"></textarea>
          <label><input type="checkbox" name="privacy">x</label><button>送信</button></form>
        <script src="${strict.public}/embed.js" async></script></main>`,
      policy: `default-src 'none'; script-src ${strict.public}; form-action ${strict.public}`,
    };
    const page = await visitor();
    await page.goto(`${site.origin}/hand`);
    for (const [name, value] of [['name_family', '林'], ['name_given', '花'], ['email', 'hand@example.co.jp'], ['message', 'お願いします。']]) {
      await page.locator(`[name=${name}]`).fill(value);
    }
    await page.locator('[name=privacy]').check();
    await page.getByRole('button').click();
    await page.waitForURL(/thanks/);
    await eventually(() => JSON.stringify(exported(strict)).includes('hand@example.co.jp'));
  });

  test('a page’s own script posts JSON with a token, after what schema.json says', async () => {
    pages['/own'] = { body: '<!doctype html><title>Site</title><h1>x</h1>', policy: policy() };
    const page = await visitor();
    await page.goto(`${site.origin}/own`);
    const told = await page.evaluate(async (base) => {
      const { action, fields } = await (await fetch(`${base}/f/contact/schema.json`)).json();
      const { token } = await (await fetch(`${base}/f/contact/token`)).json();
      const needed = fields.filter(({ required }) => required).map(({ id }) => id);
      const answers = { inquiry_type: 'product', name_family: '林', name_given: '花', email: 'own@example.co.jp', message: 'お願いします。', privacy: true };
      const post = async (body) => {
        const answer = await fetch(action, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ ...body, _token: token }) });
        return { status: answer.status, ...(await answer.json()) };
      };
      return { needed, wrong: await post({ ...answers, email: 'nobody' }), right: await post(answers) };
    }, house.public);
    assert.deepEqual(told.needed, ['inquiry_type', 'name', 'email', 'message', 'privacy']);
    assert.deepEqual([told.wrong.status, told.wrong.errors.map(({ field }) => field)], [422, ['email']]);
    assert.equal(told.right.status, 200);
    await eventually(() => leads().some(({ token }) => token === told.right.receipt));
  });
});

describe('postal codes', () => {
  async function withAddress() {
    const page = await visitor();
    await page.goto(`${house.public}/f/document-request?lang=ja`);
    await page.locator('.leadseal[data-ready=yes]').waitFor();
    await page.locator('[name=delivery][value=paper]').check();
    return page;
  }

  test('100-0001 fills the address in, and what was typed stays', async () => {
    const page = await withAddress();
    await page.locator('[name=postal_code]').fill('１００－０００１');
    await page.locator('[name=postal_code]').blur();
    await page.waitForFunction(() => document.querySelector('[name=address]').value !== '');
    assert.equal(await page.locator('[name=prefecture]').inputValue(), '東京都');
    assert.equal(await page.locator('[name=address]').inputValue(), '千代田区千代田');
    assert.equal(await page.locator('[name=postal_code]').inputValue(), '100-0001');
    await page.locator('[name=address]').fill('千代田区千代田1-1');
    await page.locator('[name=postal_code]').fill('530-0001');
    await page.locator('[name=postal_code]').blur();
    await page.waitForFunction(() => document.querySelector('[name=prefecture]').value === '大阪府');
    assert.equal(await page.locator('[name=address]').inputValue(), '千代田区千代田1-1');
    assert.deepEqual(page.complaints, []);
  });

  test('498-0000 offers two choices, taken by keyboard', async () => {
    const page = await withAddress();
    await page.locator('[name=postal_code]').fill('4980000');
    await page.locator('[name=postal_code]').blur();
    const choices = page.locator('.ls-choices button');
    await choices.first().waitFor();
    const words = await choices.allInnerTexts();
    assert.equal(words.length, 2);
    assert.match(words.join(), /愛知県弥富市/);
    assert.match(words.join(), /三重県桑名郡木曽岬町/);
    await choices.filter({ hasText: '三重県' }).focus();
    await page.keyboard.press('Enter');
    assert.equal(await page.locator('[name=prefecture]').inputValue(), '三重県');
    assert.match(await page.locator('[name=address]').inputValue(), /木曽岬町/);
    assert.equal(await choices.count(), 0);
  });

  test('an office has its own code', async () => {
    const page = await withAddress();
    await page.locator('[name=postal_code]').fill('100-8994');
    await page.locator('[name=postal_code]').blur();
    await page.waitForFunction(() => document.querySelector('[name=address]').value !== '' || document.querySelector('.ls-choices'));
    assert.notEqual(await page.locator('[name=address]').inputValue() || await page.locator('.ls-choices').innerText(), '');
  });
});

test('widths and letters end as they should, and 髙﨑 stays', async () => {
  const page = await visitor();
  await page.goto(`${house.public}/f/contact?lang=ja`);
  await page.locator('.leadseal[data-ready=yes]').waitFor();
  await fillContact(page, { email: 'ｍｉｓａｋｉ＠ｅｘａｍｐｌｅ．ｃｏ．ｊｐ' });
  await page.locator('[name=message]').focus();
  const value = (name) => page.locator(`[name=${name}]`).inputValue();
  assert.deepEqual(
    [await value('name_family'), await value('kana_family'), await value('email')],
    ['髙﨑', 'タカサキ', 'misaki@example.co.jp'],
  );
  assert.match(await value('tel'), /^[0-9-]+$/);
  await page.locator('.ls-send button[type=submit]').click();
  await page.waitForURL(/thanks/);
  const lead = await eventually(() => exported().find((lead) => JSON.stringify(lead).includes('misaki@example.co.jp')));
  for (const expected of ['髙﨑', 'タカサキ', '+819012345678']) assert.ok(JSON.stringify(lead).includes(expected), expected);
});

describe('a page that was cached for eight days', () => {
  for (const javaScriptEnabled of [true, false]) {
    test(`submits, and two of its visitors get two leads (script ${javaScriptEnabled ? 'on' : 'off'})`, async () => {
      const before = leads().length;
      for (const who of ['one', 'two']) {
        const page = await visitor({ javaScriptEnabled });
        await page.goto(`${site.origin}/cached`);
        if (javaScriptEnabled) await page.locator('.leadseal[data-ready=yes]').waitFor();
        await fillContact(page, { email: `${who}.${javaScriptEnabled}@example.co.jp` });
        await page.locator('.ls-send button[type=submit]').click();
        await page.getByText('受け付けました').first().waitFor();
        assert.deepEqual(page.complaints, []);
        await context.close();
      }
      await eventually(() => leads().length === before + 2);
    });
  }
});

describe('in a burst of posts from one network', () => {
  test('a browser does its sum, and without a script one presses once more', async () => {
    const answers = { inquiry_type: 'product', name_family: '山田', name_given: '太郎', privacy: true };
    for (let n = 0; n < 7; n += 1) {
      const body = JSON.stringify({ ...answers, email: `n${n}@example.co.jp`, message: `${n}番です。` });
      await fetch(`${strict.public}/f/contact`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body });
    }
    const page = await visitor();
    const statuses = [];
    page.on('response', (answer) => { if (answer.request().method() === 'POST' && answer.url().endsWith('/f/contact')) statuses.push(answer.status()); });
    await page.goto(`${strict.public}/f/contact?lang=ja`);
    await page.locator('.leadseal[data-ready=yes]').waitFor();
    await fillContact(page, { email: 'sum@example.co.jp' });
    await page.locator('.ls-send button[type=submit]').click();
    await page.waitForURL(/thanks/);
    assert.deepEqual(statuses, [403, 200]);
    await context.close();

    const plain = await visitor({ javaScriptEnabled: false });
    await plain.goto(`${strict.public}/f/contact?lang=ja`);
    await fillContact(plain, { email: 'press@example.co.jp' });
    await plain.locator('.ls-send button[type=submit]').click();
    await plain.getByText('もう一度ボタンを押してください').waitFor();
    assert.equal(await plain.locator('[name=name_family]').inputValue(), LEAD.name_family);
    // A robot would press at once; a person can not.
    await plain.waitForTimeout(2100);
    await plain.locator('.ls-send button[type=submit]').click();
    await plain.waitForURL(/thanks/);
    await eventually(() => leads(strict).length >= 2 && JSON.stringify(exported(strict)).includes('press@example.co.jp'));
  });
});

test('what a script would hide comes after all when no script does', async () => {
  const page = await visitor();
  await page.route('**/*.js', (route) => route.abort());
  await page.goto(`${house.public}/f/event-registration?lang=ja`);
  const company = page.locator('[name=company]');
  assert.equal(await company.isVisible(), false);
  await company.waitFor({ state: 'visible', timeout: 8000 });
  const top = (name) => page.locator(`[name=${name}]`).evaluate((at) => at.getBoundingClientRect().top);
  assert.ok(await top('company') > await page.locator('.ls-field').first().evaluate((at) => at.getBoundingClientRect().bottom), 'in its place');
});

test('what visitors do is counted, without them', async () => {
  const page = await visitor();
  await page.goto(`${house.public}/f/newsletter?lang=en&utm_medium=email`);
  await page.locator('.leadseal[data-ready=yes]').waitFor();
  await page.locator('[name=email]').fill('nobody');
  await page.locator('[name=email]').blur();
  await page.locator('.ls-fault').first().waitFor();
  await page.goto('about:blank');
  const counted = await eventually(() => {
    const printed = house.run('stats', '--form', 'newsletter');
    return /newsletter +email +1 +0 +1/.test(printed) && printed;
  });
  assert.match(counted, /newsletter +1 +1 +1 +0/, 'served, seen, begun, not sent');
  assert.match(house.run('stats', '--form', 'newsletter', '--by', 'source'), /email +1/);
});
