// The script's rules against the table that the server's rules are held to as well.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { meant } from '../../assets/embed/help.mjs';
import { fault, tidy } from '../../assets/embed/rules.mjs';

const CASES = JSON.parse(readFileSync(new URL('../vectors/field_rules.json', import.meta.url)));

test('the script finds what the server finds, or leaves it to the server', () => {
  const told = CASES.map(({ type, rules = {}, value }) => [type, value, fault(type, rules, value)]);
  assert.deepEqual(told, CASES.map(({ type, value, code, script = code }) => [type, value, script]));
});

test('the script is never stricter than the server', () => {
  for (const { code, script } of CASES) assert.ok(script === undefined || (script === null && code), 'a case of the table is wrong');
});

test('normal forms keep a name as its owner writes it, and are stable', () => {
  const forms = [
    ['name', '髙﨑ﾀﾛｳ', '髙﨑タロウ'],
    ['company', 'ＡＢＣ㈱①', 'ＡＢＣ㈱①'],
    ['kana', ' たかざき　ﾐｻｷ ', 'タカザキ ミサキ'],
    ['email', ' ｔａｒｏ＠ｅｘａｍｐｌｅ．ｊｐ', 'taro@example.jp'],
    ['tel', '０９０ー１２３４－５６７８', '090-1234-5678'],
    ['postal_code', '〒１０００００１', '100-0001'],
    ['number', '−１２', '-12'],
    ['textarea', ' ﾊﾝｶｸ\n', ' ﾊﾝｶｸ\n'],
  ];
  for (const [type, typed, shown] of forms) {
    assert.equal(tidy(type, typed), shown);
    assert.equal(tidy(type, shown), shown);
  }
});

test('only a likely slip in a mail domain is asked about', () => {
  assert.equal(meant('Taro@gmial.com'), 'Taro@gmail.com');
  assert.equal(meant('taro@yaho.co.jp'), 'taro@yahoo.co.jp');
  assert.equal(meant('taro@docomo.ne.jo'), 'taro@docomo.ne.jp');
  for (const right of ['taro@gmail.com', 'taro@ymail.com', 'taro@mail.com', 'taro@example.co.jp', 'taro']) assert.equal(meant(right), undefined, right);
});
