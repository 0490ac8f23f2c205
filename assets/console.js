// The console's script: keys, masks that come back, lists that tell when they change. Every page works without it.
(() => {
  'use strict';
  const MASK_AFTER = 60_000;
  const all = (selector) => [...document.querySelectorAll(selector)];
  const one = (selector) => document.querySelector(selector);

  // What was revealed is masked again after a minute, and when the tab is left.
  const opened = all('[data-mask]');
  const mask = () => {
    for (const value of opened.splice(0)) {
      value.textContent = value.dataset.mask;
    }
    for (const box of all('[data-vanish]')) {
      box.remove();
    }
  };
  if (opened.length > 0 || one('[data-vanish]')) {
    setTimeout(mask, MASK_AFTER);
    document.addEventListener('visibilitychange', () => document.hidden && mask());
    addEventListener('pagehide', mask);
  }

  // A reason belongs to one stage alone.
  const stage = one('#stage');
  const why = one('#no-lead');
  if (stage && why) {
    const show = () => {
      const needed = stage.value === 'unqualified';
      why.hidden = !needed;
      why.querySelector('select').required = needed;
    };
    stage.addEventListener('change', show);
    show();
  }

  for (const button of navigator.clipboard ? all('[data-copy]') : []) {
    button.hidden = false;
    button.addEventListener('click', async () => {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
      button.textContent = button.dataset.copied;
    });
  }

  {
    // How far an export is: its page is looked at until it has ended.
    const state = one('[data-state]');
    const said = one('[data-said]');
    const cancel = one('[data-cancel]');
    const show = (now) => {
      if (said && now.dataset.words !== state.dataset.words) {
        said.textContent = now.dataset.words;
      }
      state.dataset.words = now.dataset.words;
      state.replaceChildren(...now.childNodes);
      if (cancel) {
        cancel.hidden = now.dataset.running !== 'yes';
      }
      return now.dataset.running === 'yes';
    };
    const look = async (misses = 0) => {
      const answer = await fetch(state.dataset.state).catch(() => undefined);
      const text = answer?.ok ? await answer.text() : '';
      const now = new DOMParser().parseFromString(text, 'text/html').querySelector('[data-state]');
      if (now ? show(now) : misses < 30) {
        setTimeout(look, 1000, now ? 0 : misses + 1);
      }
    };
    if (state?.dataset.running === 'yes') {
      setTimeout(look, 1000);
    }
    one('form[data-export]')?.addEventListener('submit', (event) => {
      // Pressed twice, it would be a second file.
      setTimeout(() => { event.target.querySelector('button').disabled = true; });
      setTimeout(look, 500);
    });
  }

  const openers = () => all('tr[data-lead] a.open');
  const rowOf = (element) => element?.closest('tr[data-lead]');
  const move = (by) => {
    const links = openers();
    if (links.length === 0) {
      return;
    }
    const at = links.findIndex((link) => rowOf(link) === rowOf(document.activeElement));
    const next = at < 0 ? (by > 0 ? 0 : links.length - 1) : Math.min(Math.max(at + by, 0), links.length - 1);
    links[next].focus();
  };
  const inRow = () => rowOf(document.activeElement);

  // In a list these keys act on the row, else on the page of a lead.
  const go = (target) => {
    const link = inRow()?.querySelector('a.open');
    if (link) {
      location.assign(`${link.href}#${target}`);
    } else {
      one(`[data-key="${{ stage: 's', note: 'n', reason: 'e', reply: 'r' }[target]}"]`)?.focus();
    }
  };
  const take = () => (inRow() ?? document).querySelector('button.take')?.click();
  const help = one('#keys');

  const keys = {
    j: () => move(1),
    k: () => move(-1),
    a: () => (openers().length === 0 || inRow()) && take(),
    s: () => go('stage'),
    n: () => go('note'),
    e: () => go('reason'),
    r: () => go('reply'),
    u: () => one('[data-key="u"]')?.click(),
    '/': () => (one('#value') ? one('#value').focus() : one('[data-key="/"]')?.click()),
    '?': () => help?.showModal(),
  };
  const isTyping = (element) => element.matches('input:not([type=hidden]), textarea, select') || element.isContentEditable;

  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || help?.open) {
      return;
    }
    if (event.key === 'Escape' && isTyping(event.target)) {
      event.target.blur();
      return;
    }
    const act = Object.hasOwn(keys, event.key) ? keys[event.key] : undefined;
    if (act && !isTyping(event.target)) {
      event.preventDefault();
      act();
    }
  });

  // The address of a lead may name where to go on.
  const wanted = location.hash.slice(1);
  if (['stage', 'note', 'reason', 'reply'].includes(wanted)) {
    document.getElementById(wanted)?.focus();
  }
  for (const hint of all('.keys-hint')) {
    hint.hidden = false;
  }

  // A list that changed is asked for anew. Counts and rows are brought up to date where they stand; what
  // would move rows under somebody's hand waits until they want it.
  const news = one('#news');
  if (!news || !window.EventSource) {
    return;
  }
  const [told, showNews] = [news.querySelector('p'), news.querySelector('button')];
  const tokens = (page) => [...page.querySelectorAll('tr[data-lead]')].map((row) => row.dataset.lead);
  let shown = one('#list').dataset.digest;
  let fresh = null;
  const say = (words) => {
    told.textContent = words;
    showNews.hidden = words === '' || !fresh;
  };

  const cellsOf = (row) => [...row.children];
  const renew = (page) => {
    const [tabs, newTabs] = [all('.views a .count'), [...page.querySelectorAll('.views a .count')]];
    tabs.forEach((count, at) => newTabs[at] && (count.textContent = newTabs[at].textContent));
    for (const row of all('tr[data-lead]')) {
      const now = page.querySelector(`tr[data-lead="${row.dataset.lead}"]`);
      row.classList.toggle('gone', !now);
      cellsOf(row).forEach((cell, at) => {
        const to = now && cellsOf(now)[at];
        if (to && cell.innerHTML !== to.innerHTML && !cell.contains(document.activeElement)) {
          cell.replaceWith(to.cloneNode(true));
        }
      });
    }
  };

  const look = async () => {
    // Nobody may sit before this page: what it asks by itself keeps no session alive.
    const answer = await fetch(location.href, { headers: { 'leadseal-unattended': 'yes' } });
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    const list = page.querySelector('#list');
    if (!answer.ok || !list) {
      return;
    }
    const [before, now] = [tokens(document), tokens(page)];
    const added = now.filter((token) => !before.includes(token)).length;
    renew(page);
    shown = list.dataset.digest;
    fresh = before.join() === now.join() ? null : list;
    if (!fresh) {
      say('');
    } else {
      say(added > 0 ? news.dataset.count.replace('{n}', added) : news.dataset.changed);
    }
  };

  showNews.addEventListener('click', () => {
    const list = document.importNode(fresh, true);
    one('#list').replaceWith(list);
    fresh = null;
    say('');
    (openers()[0] ?? one('#content')).focus();
  });

  // Only the tab that is looked at listens: a browser keeps few connections to a host.
  let source;
  const stop = () => source?.close();
  const listen = () => {
    stop();
    source = new EventSource(news.dataset.events);
    source.addEventListener('list', ({ data }) => data !== shown && look().catch(() => {}));
    source.addEventListener('error', ({ target }) => {
      if (target.readyState === EventSource.CLOSED) {
        fresh = null;
        say(news.dataset.stopped);
      }
    });
  };
  document.addEventListener('visibilitychange', () => (document.hidden ? stop() : listen()));
  addEventListener('pagehide', stop);
  addEventListener('pageshow', ({ persisted }) => persisted && listen());
  if (!document.hidden) {
    listen();
  }
})();
