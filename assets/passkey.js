// Passkeys: what only a browser can do. Without it the form stays hidden, and passwords do.
(() => {
  'use strict';
  const form = document.querySelector('form[data-passkey]');
  // Another origin than the console's own is a tunnel: no authenticator would answer there.
  if (!form || !window.PublicKeyCredential || form.dataset.origin !== location.origin) {
    return;
  }
  const bytes = (text) => Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (symbol) => symbol.charCodeAt(0));
  const written = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');

  const publicKey = JSON.parse(form.dataset.options);
  publicKey.challenge = bytes(publicKey.challenge);
  if (publicKey.user) {
    publicKey.user.id = bytes(publicKey.user.id);
  }
  for (const known of [...(publicKey.excludeCredentials ?? []), ...(publicKey.allowCredentials ?? [])]) {
    known.id = bytes(known.id);
  }

  const failed = form.querySelector('[data-failed]');
  const send = ({ id, rawId, type, response }) => {
    const answer = { id, rawId: written(rawId), type, response: {} };
    for (const part of ['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature', 'userHandle']) {
      if (response[part]) {
        answer.response[part] = written(response[part]);
      }
    }
    form.elements.answer.value = JSON.stringify(answer);
    form.submit();
  };
  let offer;
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    offer?.abort();
    failed.hidden = true;
    try {
      send(await navigator.credentials[form.dataset.passkey]({ publicKey }));
    } catch {
      failed.hidden = false;
    }
  });

  // On the sign-in page the browser offers passkeys among the addresses it remembers.
  const offers = async () => {
    if (!(await PublicKeyCredential.isConditionalMediationAvailable?.())) {
      return;
    }
    offer = new AbortController();
    try {
      send(await navigator.credentials.get({ publicKey, mediation: 'conditional', signal: offer.signal }));
    } catch {
      // Nobody took it up.
    }
  };
  form.hidden = false;
  for (const without of document.querySelectorAll('[data-without]')) {
    without.hidden = true;
  }
  if ('offers' in form.dataset) {
    offers();
  }
})();
