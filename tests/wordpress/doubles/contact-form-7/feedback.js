// The double's script: posts the form to the REST route, tells what came back, fires the same events.
document.addEventListener('DOMContentLoaded', () => {
  for (const form of document.querySelectorAll('form.wpcf7-form')) {
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      const send = () => fetch(`${wpcf7.api}/contact-forms/${form.dataset.id}/feedback`, { method: 'POST', body: new FormData(form) }).then((answer) => answer.json());
      const result = await send();
      form.querySelectorAll('.wpcf7-not-valid-tip').forEach((tip) => tip.remove());
      for (const { field, message } of result.invalid_fields ?? []) {
        const tip = document.createElement('span');
        tip.className = 'wpcf7-not-valid-tip';
        tip.textContent = message;
        form.querySelector(`[data-name="${field}"]`)?.append(tip);
      }
      form.dataset.status = result.status;
      form.querySelector('.wpcf7-response-output').textContent = result.message;
      if (result.status === 'mail_sent') {
        form.reset();
        form.closest('.wpcf7').dispatchEvent(new CustomEvent('wpcf7mailsent', { bubbles: true, detail: result }));
      }
    });
  }
});
