# English. Every key here is also in ja.ftl. Arguments are the owner's words and our numbers,
# never a visitor's value.

## The form's page

page-required = Required
page-optional = Optional
page-required-sometimes = Sometimes required
page-shown-if = Only if you chose “{ $choices }” for “{ $label }”.
page-shown-if-any = Only if you answered “{ $label }”.
page-required-if = Required if you chose “{ $choices }” for “{ $label }”.
page-required-if-any = Required if you answered “{ $label }”.
page-or = ” or “
page-submit = Send
page-submit-confirm = Check your answers
page-select-placeholder = Please select
page-error-title = Error: { $title }
page-error-summary = { $count ->
    [one] There is a problem with one answer
   *[other] There are problems with { $count } answers
}
page-lang-nav = Language
page-lang-name = English
page-honeypot-label = Leave this field empty
page-consent-policy = Read the privacy policy
page-opens-new-window = opens in a new window
page-captcha-no-script = Without JavaScript the check can't be shown. You can send all the same; you will be asked to press the button once more, and somebody will look at your message.
page-values-kept = What you typed is still in the form below.
page-reload = Open the page again
page-back-to-form = Back to the form
page-back-to-site = Back to the site
page-skip = Skip to content
page-privacy-note = What you send is encrypted on arrival; only the people in charge can read it.

## Parts of a name and examples

name-family = Family name
name-given = Given name
kana-family = Family name (kana)
kana-given = Given name (kana)
label-with-part = { $label } ({ $part })
hint-postal-code = Example: 100-0001
hint-tel = Example: 03-1234-5678
hint-kana = In katakana (hiragana and half-width kana are converted)
hint-date = Example: 2026-04-01
hint-max-length = Up to { $max } characters

## The confirm page

confirm-title = Check your answers
confirm-not-sent = Nothing has been sent yet.
confirm-what-to-do = Please check what you entered. If it is right, press “{ $button }”.
confirm-send = Send
confirm-back = Go back and change
confirm-blank = (nothing entered)
confirm-agreed = I agree
confirm-not-agreed = I do not agree
confirm-and = {", "}

## What the script says

script-sending = Sending.
script-next = Next
script-back = Back
script-step = Step { $step } of { $steps }
script-address-filled = The address was filled in from the postal code. Please complete it.
script-address-choose = This postal code has several addresses. Please choose yours.
script-meant = Did you mean { $address }?

## After a success

thanks-title = Thank you, we have received it
thanks-body = Thank you for contacting us. We will read your message and get back to you.
thanks-receipt = Receipt number
thanks-receipt-note = Please quote this number if you contact us about it.
thanks-mail = We have sent you a confirmation by e-mail. If it does not arrive, please look in your spam folder.

## Problems with an answer

problem-required = Please fill in “{ $label }”.
problem-choice-required = Please choose an option for “{ $label }”.
problem-consent-required = Your consent to “{ $label }” is needed. Please read it and tick the box.
problem-too-short = “{ $label }” needs at least { $min ->
    [one] { $min } character
   *[other] { $min } characters
}.
problem-too-long = “{ $label }” may have at most { $max ->
    [one] { $max } character
   *[other] { $max } characters
}.
problem-email = “{ $label }” must be an e-mail address such as name@example.com.
problem-business-email = Please give your work address for “{ $label }”. Free mail providers and mobile carriers are not accepted.
problem-tel = “{ $label }” must be a telephone number with its area code, such as 03-1234-5678 or +81 3 1234 5678.
problem-postal-code = “{ $label }” must be a Japanese postal code of seven digits, such as 100-0001.
problem-prefecture = Please choose a prefecture for “{ $label }”.
problem-url = “{ $label }” must be a web address that starts with http:// or https://.
problem-number = “{ $label }” must be a number.
problem-below-min = “{ $label }” must be { $min } or more.
problem-above-max = “{ $label }” must be { $max } or less.
problem-date = “{ $label }” must be a real date, such as 2026-04-01.
problem-before-min = “{ $label }” must be { $min } or later.
problem-after-max = “{ $label }” must be { $max } or earlier.
problem-kana = “{ $label }” must be in katakana.
problem-choice = Please choose one of the options for “{ $label }”.
problem-too-few-choices = Please choose at least { $min } for “{ $label }”.
problem-too-many-choices = Please choose at most { $max } for “{ $label }”.
problem-pattern = “{ $label }” does not have the expected format.
problem-control-characters = “{ $label }” contains line breaks or characters that can't be used. Please remove them.
problem-card-number = “{ $label }” seems to contain a payment card number. For your safety, please remove it.
problem-my-number = “{ $label }” seems to contain a Japanese individual number (My Number). For your safety, please remove it.
problem-repeated = “{ $label }” was sent more than once. Please give one answer.

## A post that could not be read

refused-title = This could not be sent
refused-unsupported-media-type = This format is not accepted. Please send from the form's page.
refused-unsupported-media-type-program = The Content-Type must be application/json, application/x-www-form-urlencoded or multipart/form-data, given once.
refused-unsupported-charset = This character encoding is not supported. Please use UTF-8 or Shift_JIS.
refused-invalid-text = Some characters could not be read. Please open the form's page again and fill it in there.
refused-invalid-text-program = The body is not valid text in its encoding, or holds a NUL character. Send UTF-8.
refused-malformed = What was sent could not be read. Please open the form's page again and send once more.
refused-malformed-program = The body does not follow the syntax of its Content-Type. JSON must be one object of names and values as in schema.json.
refused-repeated-key = The same name was sent more than once. Please send each name once.
refused-too-many-values = Too many values were sent. Please send from the form's page.
refused-too-many-values-program = The body holds more values than are accepted. Send the names of schema.json only.
refused-too-long = One of the values is too long. Please shorten it and send again.
refused-too-deep = What was sent is nested too deeply to be read.
refused-file = This form does not take files. Please remove the file and send again.
refused-unknown-fields = { $count ->
    [one] One name that was sent is not a field of this form.
   *[other] { $count } names that were sent are not fields of this form.
}

## A post that was screened out

refused-check-title = One more step
refused-check = To keep robots out, please wait a moment and press the button once more. Nothing has been sent yet.
refused-captcha-title = The check below is still to be done
refused-captcha = Please do the check above the button, then send again. Nothing has been sent yet.
refused-check-program = This needs a check first: solve the challenge and post again with the solution in `_proof`.
refused-token-missing = This did not come from the form's page, so it was not accepted. Please check this page and send again.
refused-state = The page to check your answers is too old or could not be read. Nothing has been sent. Please fill in the form once more.

## Other pages

error-unknown-form-title = There is no such form
error-unknown-form = The form may have ended or moved. Please check the page that brought you here.
error-not-found-title = There is no such page
error-not-found = Please check the address.
error-unavailable-title = We can't take this right now
error-unavailable = We are sorry: what you sent could not be taken in. Please send it again in a few minutes.
error-rate-limited-title = Too many requests
error-rate-limited = There were many requests in a short time. Please wait about { $seconds ->
    [one] { $seconds } second
   *[other] { $seconds } seconds
} and try again.
error-method-title = This can't be used this way
error-method = Please open the form's page and send from there.
error-method-program = This address does not take this method; the Allow header names those it takes.
error-too-large-title = This is too large
error-too-large = What was sent exceeds the limit. Please shorten it and send again.
error-timeout-title = Sending took too long
error-timeout = The connection stopped half-way. Please check it and send again.
error-origin-title = This site may not send here
error-origin = Posts from that page are not allowed. Please send from the form's page.
error-key-mismatch-title = The same key came with other content
error-key-mismatch = Please send again with a new Idempotency-Key.
error-bad-key-title = The idempotency key can't be read
error-bad-key = An Idempotency-Key has 1 to 200 characters and no control characters.
error-internal-title = Something went wrong
error-internal = We are sorry: nothing was sent. Please try again in a few minutes.

## The mail to staff

mail-notify-subject = New lead #{ $number } { $form }
mail-notify-subject-facets = New lead #{ $number } { $form } ({ $facets })
mail-notify-preview = A new enquiry has arrived through “{ $form }”.
mail-notify-heading = A new enquiry has arrived
mail-notify-button = Open the lead
mail-notify-masked = Personal data is masked here. Use “{ mail-notify-button }” to see it; each look is recorded.
mail-notify-deadline = Please answer by { $deadline }.
mail-notify-enquiry-count = Enquiry no. { $count } from this person
mail-notify-received = Received
mail-notify-token = Lead ID
mail-notify-form = Form
mail-notify-site = Site
mail-notify-source = Source
mail-notify-consents = Consents
mail-notify-granted = given
mail-notify-declined = not given
mail-notify-corrects = Sent again with changes (earlier: { $token }).
mail-notify-footer = Leadseal sent this mail automatically.
list-separator = ,{" "}

## The mail that reminds staff of a lead

mail-reminder-subject = Reminder: lead #{ $number } { $form }
mail-reminder-heading = Reminder of a lead
mail-reminder = It is time to come back to lead #{ $number } of “{ $form }”.
mail-reminder-after = When you have, press “Done” on its page.

## The mail to the visitor

mail-reply-receipt = Receipt number: { $receipt }

## The page behind a notification's button
link-token = Lead ID
link-unknown-title = Page not found
link-unknown = This link is not valid, or the lead has been erased. Check that the whole link of the mail was opened.

## People's requests about their own data: the mail

mail-request-access-heading = The personal data we hold about you
mail-request-access-heading-subject = The personal data that { $site } holds about you
mail-request-access = { $site } was asked to show which personal data it holds under this e-mail address.
mail-request-access-open = The button below opens a page where you can see it. This mail itself holds none of it.
mail-request-erase-heading = Erasing your personal data
mail-request-erase-heading-subject = Erasing your personal data at { $site }
mail-request-erase = { $site } was asked to erase the personal data it holds under this e-mail address.
mail-request-erase-open = The button below opens a page where you confirm this. Nothing is erased until you do.
mail-request-button = Open the page
mail-request-ends = The link is valid until { $date } and works once.
mail-request-unasked = If you did not ask for this, delete this mail. Unless somebody presses the button on the page, nothing is shown and nothing is erased.
mail-request-nothing = No personal data is held under this e-mail address. There is nothing for you to do.
mail-request-nothing-other = If you wrote to us from another address, please ask again with that one.
mail-request-nothing-unasked = If you did not ask for this, delete this mail.

## People's requests about their own data: the page

request-access-title = The personal data we hold about you
request-access-intro = This shows what { $site } holds from enquiries sent with this e-mail address.
request-access-once = It can be shown once. To keep it, save the file that the next page offers.
request-access-button = Show it
request-erase-title = Erase your personal data
request-erase-intro = This erases everything that { $site } holds from enquiries sent with this e-mail address.
request-erase-once = It can’t be undone. Enquiries that are still being worked on will get no answer.
request-erase-button = Erase everything
request-link-ends = This link is valid until { $date }. If you close the page, nothing changes.
request-held-title = What we hold about you
request-held-count = { $count ->
    [one] We hold one enquiry.
   *[other] We hold { $count } enquiries.
}
request-held-none = Nothing is held under this e-mail address.
request-held-save = Save as a file (JSON)
request-held-used = The link is used up now. Once you close this page, it can’t be shown again.
request-held-sent = Sent
request-held-receipt = Receipt
request-held-values = What you wrote
request-held-source = How you came to us
request-held-page = The page you came to
request-held-referrer = The page before
request-held-consents = What you agreed to
request-held-granted = You agreed
request-held-declined = You did not agree
request-held-purpose = Purpose
request-held-version = Version of the words
request-held-masked = Only this part is kept
request-held-digest = Only a keyed digest is kept, from which nothing can be read.
request-held-file = personal-data.json
request-erased-title = Your data have been erased
request-erased-intro = Everything we held has been erased. Keep this page as your receipt.
request-erased-number = Request
request-erased-count = Enquiries erased
request-erased-count-value = { $count }
request-erased-at = Erased
request-erased-rest-title = What is left, and until when
request-erased-envelopes = Copies that remain on the receiving server, still encrypted, are gone by { $date }.
request-erased-quarantine = Posts that were set aside as a robot’s work stay sealed and can’t be searched. They are deleted { $count } days after they came.
request-erased-backups = Copies in backups are encrypted, and the keys that open them have been erased too. The last backup of those keys is gone by { $date }; from then on nobody can open them any more.
request-erased-mark = So that nothing sent before the erasure comes in late, a keyed digest of the address, from which it can’t be read, is kept for 8 days.
request-unknown-title = This link can’t be used
request-unknown = The link is not right, has been used, or is too old. You can simply ask again.
request-failed-title = This could not be done now
request-failed = We are sorry. The link still works. Please try again in a few minutes.
request-busy-title = Too many requests
request-busy = Please wait a minute and try again.

# The site API: calls that a site's own server signs. Read by who runs that server.

site-unsigned-title = This call is not signed
site-unsigned = One of the headers leadseal-key, webhook-id, webhook-timestamp and webhook-signature is missing, came twice or is not of its form; see docs/site-api.md.
site-unknown-key-title = This site key is not known here
site-unknown-key = It was revoked, is of another installation, or its file was not copied to this machine. Make a new one with: leadseal site-key new SITE
site-bad-signature-title = The signature does not hold
site-bad-signature = The key is known, but it did not sign this. Paste the whole key in again, and let no proxy change the path or the body on their way.
site-clock-skew-title = The clocks of the two servers differ
site-clock-skew = They differ by { $seconds ->
    [one] 1 second
   *[other] { $seconds } seconds
}; up to 300 are allowed. Set the clock of the server that calls, and keep it right by NTP.
site-replayed-title = This call was made before
site-replayed = Every call needs a webhook-id of its own.
site-not-found-title = This site has no such form
site-not-found = A site key reaches the forms of its own site only; GET /site/v1/forms lists them.
site-too-large-title = This is too large
site-too-large = The body or one of its values exceeds the limits that docs/site-api.md names.
site-timeout-title = Sending took too long
site-timeout = The body did not arrive in time. Please send it again under the same webhook-id.
site-malformed-title = This could not be read
site-query = No call takes a query: leave out the ? and what follows it.
site-broken = The body broke off on its way. Please send it again under the same webhook-id.
site-body = The body is not as docs/site-api.md says, from line { $line }, byte { $column } on.
site-key-mismatch-title = The same webhook-id came with other content
site-key-mismatch = Please send other content under a webhook-id of its own.
site-rate-limited-title = Too many calls
site-rate-limited = There were many calls in a short time. Please wait about { $seconds ->
    [one] 1 second
   *[other] { $seconds } seconds
} and send the same again.
site-unavailable-title = Nothing can be taken in right now
site-unavailable = Nothing was stored. Please send the same again, under the same webhook-id, in a few minutes. The log of the server, and leadseal doctor, say why.

## The console

console-nav = Console
console-nav-staff = Staff
console-nav-account = Account
console-back = To the first page of the console
console-cancel = Cancel
console-sign-in-title = Sign in to the console
console-sign-in = Sign in
console-sign-in-help = If you forgot your password or your link has ended, ask the owner of this installation for a new link.
console-sign-in-wrong = The e-mail address or the password is not right.
console-wait = After several failures, please wait a little before you try again. The account is not locked.
console-wait-seconds = After several failures, please wait { $count } seconds and try again. The account is not locked.
console-wait-minutes = After several failures, please wait about { $count } minutes and try again. The account is not locked.
console-address = E-mail address
console-password = Password
console-code-title = Enter your code
console-code = Code
console-code-hint = The six digits your authenticator app shows. Without the app, enter one of your recovery codes.
console-code-wrong = The code is not right or was used before. Enter a new one.
console-from-beginning = Start again
console-sign-out = Sign out
console-signed-out-title = You are signed out
console-signed-out = Your session in this browser has ended.
console-sign-in-again = Sign in again
console-to-sign-in = To the sign-in page
console-link-title = Choose your password
console-link-intro = This link works once. Choose the password you will use from now on.
console-link-button = Set it and sign in
console-link-enter-title = Open the console
console-link-enter-intro = This link works once.
console-link-gone-title = This link does not work
console-link-gone = It is not complete, has ended, or was used before. Ask the owner of this installation for a new one.
console-password-new = New password
console-password-again = New password, once more
console-password-current = Current password
console-password-change = Change password
console-password-none = No password has been chosen yet.
console-password-hint = At least 12 letters and digits (or 8 kana and kanji), used nowhere else.
console-password-short = The password is too short. Use at least 12 letters and digits, or 8 kana and kanji.
console-password-long = The password is too long. Use at most 512 bytes.
console-password-guessable = That password is easy to guess. Avoid common words, names and rows of keys; try three or more unrelated words.
console-password-differs = The new passwords you typed are not the same.
console-confirm-title = Confirm that it is you
console-confirm-intro = This needs a fresh confirmation. It holds for ten minutes.
console-confirm-button = Confirm and go on
console-confirm-wrong = The password is not right.
console-not-allowed-title = You may not do this
console-not-allowed = Your role does not include this page. If you need it, ask the owner of this installation.
console-not-found-title = There is no such page
console-not-found = The address is not right, or it is not yours to see.
console-foreign-title = This was not sent
console-foreign = The page was out of date, or it was sent from somewhere else. Nothing was changed. Open the console again and repeat what you did.
console-too-large-title = That is too much
console-too-large = Nothing was changed. Please shorten it and try again.
console-account-title = Your account
console-name = Name
console-role = Role
console-role-owner = Owner
console-role-manager = Manager
console-role-rep = Sales rep
console-role-privacy-officer = Privacy officer
console-role-auditor = Auditor
console-done-password = Your password is changed. Your other sessions have ended.
console-done-sessions = The session has ended.
console-done-totp-on = Two-step sign-in is on.
console-done-totp-off = Two-step sign-in is off.
console-totp-title = Two-step sign-in
console-totp-is-on = On: signing in asks for a code of your authenticator app.
console-totp-is-off = Off. Turn it on, so that a stolen password alone lets nobody in.
console-totp-codes-left = Recovery codes left: { $count }.
console-totp-on = Turn on
console-totp-off = Turn off
console-totp-renew = Set up anew
console-totp-step-app = Have an authenticator app on your phone.
console-totp-step-scan = Scan this picture with the app.
console-totp-step-code = Type the six digits that the app shows.
console-totp-picture = QR code for the authenticator app
console-totp-type = If it can’t be scanned, type this key:
console-totp-code = Six-digit code
console-totp-again = The set-up was changed on its way. Please try again with the new picture.
console-codes-title = Recovery codes
console-codes-intro = If your app is lost, each of these signs you in once. They are shown only now: print them, or keep them in a safe place.
console-codes-kept = I have kept them
console-sessions = Where you are signed in
console-sessions-intro = End any you don’t know, and change your password.
console-session-this = this browser
console-session-began = since
console-session-seen = last used
console-session-end = End
console-sessions-end = End all others
console-staff-title = Staff
console-staff-intro = Who works in this console, and as what.
console-staff-new = Add somebody
console-staff-add = Add and invite
console-staff-change = Change
console-staff-back = Back to the list
console-staff-seen = last sign-in
console-staff-never = never
console-staff-disabled = disabled
console-staff-invited = has not chosen a password
console-staff-by-password = password alone
console-staff-by-code = two-step sign-in
console-staff-link-title = Their link
console-staff-link = On this link they choose a password, once, within 24 hours. It is shown only now: hand it over by a way that only they read.
console-staff-rights = Role and leads
console-staff-save = Save
console-staff-ends-sessions = Saving ends their sessions.
console-staff-reset-title = When they can’t sign in
console-staff-reset-intro = Takes their password away and makes a link on which they choose a new one.
console-staff-reset-totp = Also turn two-step sign-in off and take every passkey away: for who lost them, or when somebody else may have got in
console-staff-reset = Make a link
console-staff-off-title = Access
console-staff-disable-intro = They are signed out at once and can’t sign in until enabled again. The audit keeps what they did.
console-staff-disable = Disable
console-staff-enable-intro = They can sign in again as before.
console-staff-enable = Enable
console-staff-enable-first = This account is disabled. Enable it first.
console-staff-own = You can’t change your own account here. Ask another owner.
console-staff-last-owner = This is the last owner who can sign in. Add another one first.
console-staff-address-wrong = That is not an e-mail address.
console-staff-address-taken = There is an account with this address already.
console-staff-name-wrong = Please write a name of at most 100 characters.
console-staff-rights-wrong = You can’t give more than you have yourself.
console-scope = Leads they see
console-scope-hint = With nothing ticked: everything that you see.
console-scope-all = all
console-scope-site = Site
console-scope-form = Form

# The console: lists of leads, their pages, search

console-nav-inbox = Inbox
console-nav-search = Search
link-title = Opening the lead
link-go-on = Go on to the lead

stage-new = New
stage-attempting = Attempting
stage-connected = Connected
stage-nurturing = Nurturing
stage-qualified = Qualified
stage-unqualified = Unqualified
source-cpc = Advertisement
source-email = E-mail
source-social = Social network
source-referral = Link on another site
source-organic = Search
source-direct = Direct
source-other = Other
no-lead-no-fit = We don't offer what they need
no-lead-no-budget = No budget, or no decision in sight
no-lead-lost = They chose somebody else
no-lead-unreachable = They don't answer
no-lead-duplicate = Duplicate
no-lead-solicitation = They want to sell something
no-lead-spam = Spam
no-lead-other = Another reason
reason-reply = To answer the enquiry
reason-handover = To pass it to another system
reason-data-subject-request = To answer the person's own request
reason-support = To find the cause of a fault
reason-audit = To check how data is handled
length-minutes = { $count } min
length-hours = { $count } h
length-days = { $count } d
chip-overdue = overdue by { $length }
chip-due = due in { $length }
chip-age = { $length } ago
owner-nobody = Nobody
owner-take = Take it

inbox-title = Inbox
inbox-views = Lists of leads
inbox-view-new = New
inbox-view-mine = Mine
inbox-view-overdue = Overdue
inbox-view-all = All
inbox-filter = Filter
inbox-any = Any
inbox-site = Site
inbox-form = Form
inbox-stage = Stage
inbox-owner = Owner
inbox-source = Source
inbox-tag = Tag
inbox-since = Received from
inbox-until = Received until
inbox-apply = Apply
inbox-clear = Clear the filter
inbox-when = Received, due
inbox-lead = Lead
inbox-company = Company
inbox-nameless = (no name)
inbox-again = enquiry no. { $count }
inbox-shown = { $count } on this page
inbox-pages = Pages
inbox-first = First page
inbox-before = Previous page
inbox-after = Next page
inbox-last = Last page
inbox-unclear = Part of the address could not be read and was left out.
inbox-empty-first-title = There are no leads yet
inbox-empty-first = What visitors send arrives here. Send a form once yourself, and see that the notification mail arrives too.
inbox-empty-new-title = Nothing is waiting
inbox-empty-new = Somebody has acted on every lead. What comes in next appears here.
inbox-empty-mine-title = You have no leads
inbox-empty-mine = In the list of new leads, press a or “Take it”: the lead then appears here.
inbox-empty-overdue-title = Nothing is overdue
inbox-empty-overdue = A form's answer_within_minutes sets the deadline; only business hours count.
inbox-empty-filter-title = No lead fits the filter
inbox-empty-filter = Take out a condition, or clear the filter.

search-title = Search
search-intro = Finds leads with exactly this value, however it is written. The value is kept nowhere; the audit keeps that you searched.
search-by = Search by
search-by-email = E-mail address
search-by-tel = Telephone number
search-by-company = Company
search-by-receipt = Receipt (#1042 or ls_…)
search-value = Value
search-button = Search
search-empty = Type the value to search for, at most 400 bytes.
search-busy = You searched many times within a minute. Please wait a moment.
search-none = Nothing was found
search-found = Found: { $count }

# The console: exports

console-nav-export = Export
inbox-export = Export this list
export-title = Export
export-intro = Leads as a file. Nothing of it is kept here: the file is written while it is sent to you, and the audit keeps that you took it.
export-which = Which leads
export-list = List
export-leads = Leads
export-count = { $count }
export-elsewhere = Narrow the list in the inbox
export-program = For which program
export-program-hint = A program gets values in clear, under its own headings. Leads that it can't take are left out and counted.
export-program-none = No program: a table
export-hint-none = All columns, for a spreadsheet or for keeping.
export-hint-hubspot = Contacts. Needs an address or a name.
export-hint-salesforce = Leads for the Data Import Wizard. Needs a last name and a company.
export-hint-zoho = Leads with Japanese headings. Needs a last name and a company.
export-hint-kintone = An app with a field for each field of one form: choose the form.
export-hint-mailchimp = An audience. Only people who agreed to marketing mail.
export-hint-google = An audience, hashed. Only people who agreed to advertising.
export-hint-meta = A custom audience, hashed. Only people who agreed to advertising.
export-values = Values
export-values-masked = Masked
export-values-tokens = Tokens
export-values-revealed = In clear
export-values-hashed = Hashed (SHA-256)
export-hint-masked = As in the inbox: t***@e***.jp.
export-hint-tokens = The same for the same value, and meaningless to others.
export-hint-revealed = Everything people sent. Needs a reason, and a fresh confirmation that it is you.
export-masked-only = Your role exports masked values. Ask the owner of this installation for a file in clear.
export-reason = Reason for values in clear
export-why = Reason
export-reason-hint = Only needed for values in clear and for programs. The audit keeps it.
export-format = Format
export-format-csv = CSV (UTF-8)
export-format-csv-excel = CSV for Excel (UTF-8 with a mark)
export-format-csv-cp932 = CSV for older Japanese programs (Shift_JIS)
export-format-xlsx = Excel (XLSX)
export-format-jsonl = JSON lines
export-go-on = Go on
export-or = {" "}or{" "}
export-records = Exports so far
export-no-records = There are none yet.
export-owner-me = Mine
export-unclear = Part of the choice could not be read. Nothing was exported, so that no more leads leave than you meant. Please choose again.
export-needs-reason = Choose a reason: values in clear need one, and so does a file for a program.
export-needs-form = kintone's columns are the fields of one form: choose the form.
export-nothing = No lead fits, so there is nothing to export. Take out a condition.
export-format-not-taken = { $program } can't read that format. Choose { $formats }.
export-review-title = Look it over
export-note-clear = Values are in clear: whoever has the file can read them. Keep it where only those who need it reach it, and delete it afterwards.
export-note-hashed = Values are hashed, but whoever guesses an address can find it in the file. Treat it as personal data, and delete it afterwards.
export-note-advertising = Only people who agreed to advertising are in the file. The values of others are not even opened; afterwards you see how many were left out.
export-note-marketing = Only people who agreed to marketing mail are in the file. The values of others are not even opened; afterwards you see how many were left out.
export-note-left-out = Leads that the program can't take are left out; afterwards you see how many, and why.
export-note-formula = What a spreadsheet would calculate has an apostrophe before it.
export-note-cp932 = Characters that Shift_JIS lacks become 〓; afterwards you see in which column how many. Excel (XLSX) keeps them.
export-note-audit = The audit keeps who exports what and why, how many leads, and the file's digest.
export-download = Download the file
export-change = Change
export-look = When the download has begun:
export-look-link = see how far it is
export-cancel = Stop the export
export-no-audit = The audit can't be written, so nothing was exported. Please tell the owner of this installation.
export-failed = The export could not begin. Nothing was exported; the log says why.
export-own-run = Two exports of yours are running. Wait until one has ended, or stop it, then press the button again.
export-too-many = Many exports are running. Please wait a moment, then press the button again.
export-record-title = An export
export-who = By
export-began = Begun
export-ended = Ended
export-before = Received before
export-some-tag = (a tag)
export-still-open = Neither qualified nor unqualified
export-size = Size
export-bytes = { $bytes } bytes
export-progress = { $leads } of { $total } leads
export-progress-label = Progress of the export
export-state-running = It is running. You may leave this page: the download goes on.
export-state-complete = Complete: { $leads } of { $total } leads are in the file.
export-state-empty = Complete, but no lead is in the file.
export-state-cancelled = Stopped after { $leads } of { $total } leads. The file is not whole: delete what arrived.
export-state-broken = Broken off after { $leads } of { $total } leads: whoever took it went away, or the server stopped. The file is not whole: delete what arrived.
export-state-stopped = Broken off: the server stopped while it ran. The file is not whole: delete what arrived.
export-lacking = What the file does not have
export-left-out-no-advertising = Left out: { $leads } without consent to advertising
export-left-out-no-marketing = Left out: { $leads } without consent to marketing mail
export-left-out-corrected = Left out: { $leads } that the same person sent again, corrected
export-left-out-no-last-name = Left out: { $leads } without a last name
export-left-out-no-company = Left out: { $leads } without a company
export-left-out-no-email = Left out: { $leads } without an e-mail address
export-left-out-nothing-to-match = Left out: { $leads } with nothing to know a person by
export-no-key-masked = { $leads } stand masked, since they were erased and have no key any more
export-no-key-left-out = Left out: { $leads } that were erased and have no key any more
export-unmapped = Column { $column }: 〓 in place of characters that Shift_JIS lacks, { $count } times
export-cut = Column { $column }: cut at the 32,767 characters that a cell takes, { $count } times
export-digest = SHA-256 of the file
export-digest-hint = By this you can tell later whether a file is this one. The audit has it too.
export-back = To the exports

lead-back = Back to the inbox
lead-values = What was sent
lead-came-from = Where it came from
lead-hashed = (only a keyed hash is kept)
lead-reason = Reason for showing values
lead-reason-choose = Please choose
lead-reveal-all = Show all
lead-reveal-one = Show
lead-reveal-notes = Show the notes
lead-reveal-hint = Each time is kept in the audit with its reason. Values are masked again after a minute, or when you leave the tab.
lead-reveal-needs-reason = Choose a reason first. Nothing was shown.
lead-reveal-what = Choose what to show. Nothing was shown.
lead-reveal-no-audit = The audit can't be written, so nothing was shown. Ask your administrator whether the server's disk is full.
lead-reveal-no-key = This lead's key is missing, so nothing was shown. It was erased, or the keyring is another one.
lead-reveal-failed = A stored value does not open. Nothing was shown. Please tell your administrator.
lead-revealed = Shown, and kept in the audit. Masked again after a minute.
lead-notes = Notes
lead-no-notes = There are no notes.
lead-note-closed = (sealed)
lead-note-new = New note
lead-note-hint = Sealed like the values, and erased with the lead.
lead-note-add = Add the note
lead-note-empty = Write something first.
lead-note-long = A note may have at most { $count } characters. It was not kept.
lead-consents = Consent
lead-no-consents = This form asked for no consent.
lead-consent-yes = Agreed
lead-consent-no = Not agreed
lead-consent-purpose = Purpose
lead-consent-version = Version of the words
lead-work = Work
lead-stage = Stage
lead-no-lead = Why unqualified
lead-no-lead-why = Why unqualified (needed for that stage)
lead-stage-set = Change the stage
lead-stage-needs-reason = Choose why it is unqualified. Nothing was changed.
lead-stage-unknown = Choose a stage of the list. Nothing was changed.
lead-owner = Owner
lead-owner-set = Change the owner
lead-owner-unknown = Choose somebody who may work on this lead. Nothing was changed.
lead-tags = Tags
lead-tags-hint = Separated by spaces. No personal data, please: tags are not sealed.
lead-tags-set = Change the tags
lead-tags-wrong = A tag is one word of at most 24 letters, digits, - and _; no address, no number of seven digits or more. Nothing was changed.
lead-tags-many = At most { $count } tags. Nothing was changed.
lead-no-tags = none
lead-overtaken = Somebody else changed this lead after you opened it. Here is what it is now; change it again if it is still needed. Your change was not made.
lead-received = Received
lead-due = Answer by
lead-site = Site
lead-source = Source
lead-lang = Language
lead-enquiries = Enquiries of the same person
lead-mails = Mails
lead-no-mails = There are no mails of this lead.
lead-mail-notification = Notification
lead-mail-auto-reply = Auto-reply
lead-mail-sent = { $kind }: sent
lead-mail-dead = { $kind }: given up
lead-mail-waiting = { $kind }: waiting
lead-mail-again = { $kind }: waiting for the next try
lead-mail-retry = Try again
lead-retry-none = This mail went out, or is not there.
lead-events = History
lead-no-events = Nothing was changed yet.
lead-event-stage = Stage: { $becomes }
lead-event-owner = Owner: { $becomes }
lead-event-tags = Tags: { $becomes }
lead-event-reason = { " " }({ $reason })
lead-by-command = Command line
lead-done-stage = The stage was changed.
lead-done-owner = The owner was changed.
lead-done-tags = The tags were changed.
lead-done-note = The note was sealed and kept.
lead-done-retry = The mail is tried again now.

keys-title = Keyboard
keys-move = Next, previous lead
keys-open = Open the lead
keys-back = Back to the inbox
keys-take = Take the lead
keys-stage = Change the stage
keys-note = Write a note
keys-reveal = Show values (choose a reason)
keys-search = Search
keys-help = Show this list
keys-close = Close
keys-hint = Press ? for the keyboard.

# The console: the dashboard

console-nav-dashboard = Dashboard
dash-title = Dashboard
dash-spans = Span
dash-span-7 = 7 days
dash-span-30 = 30 days
dash-span-90 = 90 days
dash-span-weeks = Year by week
dash-span-months = Year by month
dash-before-7 = the 7 days before
dash-before-30 = the 30 days before
dash-before-90 = the 90 days before
dash-before-year = the same days last year
dash-this-span = this span
dash-compared = { $before }: { $figure }
dash-growth = { $compared } ({ $change })
dash-told = { $name }: { $figure }
dash-leads = Leads
dash-new = New
dash-new-hint = on which nobody has acted yet
dash-overdue = Overdue
dash-overdue-hint = new, and past their deadline
dash-median = First answer, median
dash-ninety = First answer, for 90%
dash-in-time = Answered in time
dash-none-yet = none yet
dash-minutes = { $minutes } min
dash-hours = { $hours } h
dash-hours-minutes = { $hours } h { $minutes } min
dash-from = week from { $day }
dash-by-day = Leads by day
dash-by-week = Leads by week
dash-by-month = Leads by month
dash-by-form = By form
dash-by-source = By source
dash-stages = Stages now
dash-answers = Time to the first answer
dash-day = Day
dash-week = Week
dash-month = Month
dash-share = Share
dash-answered = First answer
dash-within = under { $length }
dash-between = { $from } – { $to }
dash-later = { $length } or more
dash-unanswered = Not yet
dash-sum = { $figure } in all; { $growth }.
dash-most = Most: { $name }, { $figure }.
dash-none-in-span = No leads came in within this span.
dash-stages-sum = { $figure } leads are stored, { $qualified } of them qualified.
dash-reasons-sum = Unqualified mostly: { $reasons }.
dash-reason = Unqualified: { $reason }
dash-answers-sum = { $figure } answered, half of them within { $length }.
dash-answers-none = Nobody has answered a lead of this span yet.
dash-source-unknown = Unknown
dash-form-of-site = { $form } ({ $site })
dash-as-table = As a table
dash-note-hours = Days are those of the office. Times to the first answer count business hours only, until owner or stage is first changed. Leads that were erased still count among those that came in.
dash-note-always = Days are those of the configured time zone. A lead is answered when its owner or stage is first changed. Leads that were erased still count among those that came in.
dash-empty-title = There are no figures yet
dash-empty = Once leads come in, this page shows how many by day, form and source, how soon they were answered, and where they stand now. Send a form once yourself:
dash-health = Mail and intake
dash-mail-works = Mail goes out.
dash-mail-failing = Mail does not go out. Leads are safe, and mails are tried again.
dash-mail-lost = Notifications were given up in the last 24 hours. The leads are safe.
dash-mail-none = No mail server is configured, so mails wait. Leads are safe.
dash-failing = Why mail fails
dash-failing-advice = To look into it:
dash-waiting = Mails that wait
dash-again = Mails that failed and are tried again
dash-again-advice = That happens by itself. To find the cause:
dash-dead = Mails that were given up
dash-dead-advice = The lead's page can send one again.
dash-queue = Submissions that wait to be taken in
dash-intake = Trouble with intake
dash-intake-advice = To find the cause:
dash-last = Last lead stored
dash-unopened = Envelopes that did not open
dash-unopened-advice = They are kept sealed. To see them:
dash-quarantined = Submissions in quarantine
dash-quarantined-advice = Look now and then whether a person's is among them:
dash-requests = Requests of people about their data, waiting
dash-requests-late = Requests older than a week
dash-requests-advice = The law sets a deadline. To see them:

# The console: the audit

console-nav-audit = Audit
audit-title = Audit
audit-intro = Who did what, and when. Entries are only ever added, each sealed to the one before it. They hold ids and words from lists, never what a visitor sent.
audit-chain-whole = The chain is whole: { $count ->
    [one] { $count } entry
   *[other] { $count } entries
}
audit-chain-running = The chain is being checked
audit-chain-unknown = The chain has not been checked
audit-chain-broken = The chain is broken at entry { $number }
audit-chain-progress = { $done } of { $all } entries looked at.
audit-chain-failed = The last check could not read the audit. Ask your administrator to run leadseal doctor.
audit-chain-checked = Checked from the first entry to no. { $number }, { $at }.
audit-chain-checked-since = Checked to no. { $number }, { $at }. Checked from the first entry: { $first }.
audit-chain-next-keep = Entry { $number }, or one before it, was changed or removed outside of Leadseal. Copy leads.db and its -wal file before anything else, and keep the copies.
audit-chain-next-compare = Compare with a backup and with the hashes you noted elsewhere: leadseal audit verify, and leadseal audit list --from { $number }.
audit-chain-next-tell = Whoever could write to the server’s files could do this. Tell who is responsible for security and data protection. Work can go on; new entries are kept as ever.
audit-chain-head = Hash of the last entry:
audit-chain-outside = Note this hash together with the number of entries outside of this server, for example in a mail to your auditor. leadseal audit verify prints both on the server; if an earlier pair does not match, entries were changed.
audit-chain-verify = Check the whole chain now
audit-chain-reload = See how far it has come
audit-entries = Entries
audit-what = What
audit-who = Who
audit-on = On exactly (ls_…, form, node)
audit-since = From
audit-until = Until
audit-group-all = { $group }: all
audit-group-leads = Leads and work
audit-group-looks = Who looked
audit-group-privacy = Requests and erasure
audit-group-mail = Mail
audit-group-staff = Sign-in and staff
audit-group-system = Keys and system
audit-empty = No entry fits the filter.
audit-number = no.{ " " }
audit-why = Reason:{ " " }
audit-raw = As kept
audit-request = Request
audit-save = Save as CSV
audit-save-hint = What the filter shows, the newest 10,000 at most. That it was saved is kept in the audit. All of it: leadseal audit list --json.
audit-by-desk = Leadseal
audit-by-person = The person themselves
audit-by-command = Command line ({ $user })
audit-reason-access-request = The person asked to see it
audit-reason-erasure-request = The person asked for erasure
audit-reason-drained = Nothing is left that the key would open
audit-reason-node-lost = A capture node is lost
audit-reason-spools-empty = The spools were looked at and are empty
audit-reason-key-exposed = The key was exposed
audit-did-lead-stored = Lead came in
audit-did-envelope-unopened = Envelope did not open and was set aside
audit-did-envelope-replayed = Envelope set aside was opened
audit-did-lead-quarantined = Put into quarantine
audit-did-quarantine-released = Released from quarantine
audit-did-quarantine-purged = Deleted from quarantine
audit-did-lead-revealed = Values of a lead were shown
audit-did-export-masked = Export, masked or as tokens
audit-did-export-revealed = Export in clear
audit-did-export-ended = Export ended
audit-did-notification-sent = Notification mailed
audit-did-auto-reply-sent = Auto-reply mailed
audit-did-delivery-dead = Mail given up
audit-did-key-use = Key made, changed or used
audit-did-node-changed = Capture node enrolled or revoked
audit-did-store-restored = Store restored; senders hand over again
audit-did-request-stored = Request about personal data came in
audit-did-request-mailed = Link to a request mailed
audit-did-request-carried-out = Request carried out
audit-did-request-expired = Request ended without being carried out
audit-did-lead-erased = Lead erased
audit-did-retention-erased = Erased at the end of its days
audit-did-retention-clock-confirmed = Clock confirmed for retention
audit-did-signed-in = Signed in
audit-did-sign-in-refused = Sign-in refused
audit-did-signed-out = Signed out
audit-did-session-revoked = Session ended
audit-did-staff-added = Account of staff made
audit-did-staff-changed = Account of staff changed
audit-did-staff-disabled = Account of staff disabled
audit-did-stepped-up = Proved again who they are
audit-did-lead-changed = Lead changed
audit-did-note-added = Note added
audit-did-leads-searched = Leads searched by exact value
audit-did-delivery-retried = Mail put back to be sent
audit-did-staff-mailed = Mail about their account sent to staff
audit-did-audit-saved = Audit saved as a file

# The console: the privacy desk

console-nav-privacy = Privacy
privacy-title = Privacy desk
privacy-views = Privacy desk
privacy-view-requests = Requests
privacy-view-retention = Retention
privacy-intro = What people ask about their own data. Most carry it out themselves, over the link that is mailed to them. Here you help those who can’t.
privacy-new = Write a request down
privacy-waiting = Waiting
privacy-none-waiting = Nothing is waiting. A request appears here when somebody asks through your site, or when you write one down.
privacy-more = Only the oldest { $count } are shown.
privacy-ended-title = Ended
privacy-none-ended = No request has ended yet.
privacy-back = Back to the requests
privacy-kind-access = See what is held
privacy-kind-erase = Have everything erased
privacy-status-open = A link was mailed, or will be; nobody has used it yet
privacy-status-written = Written down by staff; carry it out here
privacy-status-held = No mail was sent, since the site had its share for the day; carry it out here
privacy-status-nothing = Nothing was held
privacy-status-repeated = Asked again within 24 hours; no second mail
privacy-status-done = Carried out
privacy-status-expired = Ended without being carried out
privacy-waits = waits { $waited }, ends in { $left }
privacy-fact-status = Status
privacy-fact-asked = Asked
privacy-fact-by = Asked through
privacy-by-site = The site
privacy-fact-ends = Ends by itself
privacy-fact-ended = Ended
privacy-fact-ended-by = Carried out by
privacy-fact-erased = Erased
privacy-fact-opened = Opened
privacy-fact-number = Number
privacy-enquiries = { $count ->
    [one] { $count } enquiry
   *[other] { $count } enquiries
}
privacy-preview = What it is about
privacy-preview-hint = Masked; nothing has been opened. The request is about all of this, and about what staff added to it.
privacy-held-count = { $count ->
    [0] Nothing is held under this address any more.
    [one] { $count } enquiry is held under this address.
   *[other] { $count } enquiries are held under this address.
}
privacy-kept-plain = (kept in clear, as the form says)
privacy-added = notes { $notes }, tags { $tags }
privacy-go-access = Prepare the answer…
privacy-go-erase = Erase…
privacy-withdraw-hint = Written down by mistake, or a wrong address? Then take it back: its address is deleted, nothing else.
privacy-withdraw = Take the request back
privacy-withdrawn = The request was taken back, and its address deleted.
privacy-trail = What the audit says of this request
privacy-not-now = Not now
privacy-erase-title = Erase everything?
privacy-erase-intro = Keys, values, notes and mails of these enquiries are erased and can’t be brought back, by nobody. First make sure that it is the person themselves who asks.
privacy-erase-sure = I have made sure who asks. Erase it for good.
privacy-erase-button = Erase for good
privacy-erase-tick = Tick that you have made sure who asks. Nothing was erased.
privacy-erase-failed = The erasure was not finished. Values whose keys are deleted can’t be opened any more; the request still waits. Please erase again; if that fails too, ask your administrator whether the server’s disk is full.
privacy-erased = Everything was erased. This page stays as the receipt.
privacy-access-title = Open everything for its person?
privacy-access-intro = All values and notes are opened, each enquiry with its entry in the audit, and given to you as a file to pass on. This ends the request. First make sure that it is the person themselves who asks.
privacy-access-button = Open and make the file
privacy-access-no-audit = The audit can’t be written, so nothing was opened. The request still waits. Ask your administrator whether the server’s disk is full.
privacy-access-failed = A stored value does not open. Nothing was given out; the request still waits. Please tell your administrator.
privacy-ended = This request has ended; nothing was done now.
privacy-file-title = The answer is ready
privacy-file-count = { $count ->
    [one] { $count } enquiry was opened.
   *[other] { $count } enquiries were opened.
}
privacy-file-once = Save it now: this page can’t be shown again. Send it to nobody but the person, by a way that only they can read, and delete your copy.
privacy-file-back = To the request
privacy-new-title = Write a request down
privacy-new-intro = For somebody who asked by letter or telephone. You see what is held, masked, before anything is done.
privacy-new-what = What is asked for
privacy-new-address = E-mail address
privacy-new-hint = Sealed at once; it is shown nowhere again and stands in no log.
privacy-new-button = Look and write down
privacy-new-kind = Choose what is asked for.
privacy-new-wrong = That is no e-mail address. It looks like name@example.jp.
privacy-new-nothing = Nothing is held under this address on the sites you look after. No request was written down; the audit keeps that you looked.
privacy-new-failed = This could not be written down, and nothing is kept of it. Ask your administrator whether the server’s disk is full.
retention-title = Retention
retention-intro = What is past its days is erased by itself, keys first, by the hour.
retention-goes = Retention is carried out
retention-waits = Retention waits: nothing is erased
retention-clock-right = The clock is believed. When it moves far between two runs, nothing is erased until somebody vouches for it.
retention-clock-moved = The clock has moved by { $count ->
    [one] { $count } day
   *[other] { $count } days
} since the last run ({ $date }). If the clock is wrong, have it set, and retention goes on by itself; if it is right, run retention now and vouch for it.
retention-last-run = Last carried out:
retention-never = never
retention-run = Carry out now…
retention-countdown = Countdown
retention-what = Form or kind
retention-days = Kept for (days)
retention-held = Held
retention-oldest = Oldest
retention-due-now = Due
retention-in-7 = Within 7 days
retention-in-30 = Within 30 days
retention-hint = Due is what the next run erases. What ends within 7 and 30 days includes it.
retention-quarantine = Quarantine (sealed)
retention-unopened = Did not open (sealed)
retention-holds-from = These days hold from { $date }
retention-form-gone = No such form any more
retention-epochs = Keys of past epochs
retention-epochs-intro = When nothing is left that an epoch’s key would open, the key is destroyed.
retention-no-epochs = None waits for its end.
retention-epoch = Epoch { $number }
retention-epoch-ready = Ends with the next run
retention-epoch-next = waits for the next epoch
retention-epoch-time = waits until { $date }: something may be under way
retention-epoch-spool = waits for this machine’s spool
retention-epoch-quarantine = waits for { $count } in quarantine
retention-epoch-unopened = waits for { $count } that did not open
retention-epoch-nodes = waits for somebody’s word that the spools of { $names } hold nothing of it
retention-and = ;{ " " }
retention-run-title = Carry retention out now?
retention-run-intro = This is erased, and can’t be brought back:
retention-due = { $what }: { $count }
retention-nothing-due = Nothing is past its days now.
retention-clock-vouch = The clock is right. I vouch for it; the audit keeps that.
retention-sure = Carry it out.
retention-run-button = Erase what is past its days
retention-tick = Tick to carry it out. Nothing was erased.
retention-needs-clock = Nothing was erased, since the clock is not believed. Tick that it is right, or have it set.
retention-runs = A run is going on already. Look again in a moment.
retention-failed = The run was not finished; what was erased stays erased. It is tried again within the hour.
retention-done = Retention was carried out.
retention-goes-on = Retention is being carried out and takes a while. Load this page again to see how far it has come.
request-held-added = What our staff added
request-held-owner-staff = A member of our staff
request-held-note = Note
request-held-reminder = Reminder
request-held-closed = It can’t be opened any more.

# The inbox: kept lists, reminders, live update, reply

inbox-view-reminders = Reminders
inbox-empty-reminders-title = You have no reminders
inbox-empty-reminders = Set one on a lead's page: it appears here, the next one first.
inbox-news = There are new leads: { $count }.
inbox-changed = The list has changed.
inbox-stopped = Live update has stopped. Please load the page again.
inbox-show-news = Show
view-keep = Keep this list
view-edit = Settings of this list
view-name = Name of the list
view-name-hint = At most 30 characters. No personal data, please: names are not sealed.
view-save = Keep
view-rename = Rename
view-share = Show to everybody
view-private = Show to me alone
view-remove = Keep it no longer
view-name-wrong = A name has at most 30 letters, digits, spaces and - _ ・ / & ( ); no address, no number of seven digits or more. Nothing was kept.
view-name-taken = You have a list of this name already. Nothing was kept.
view-full = You may keep at most { $count } lists. Let one go first.
view-done-saved = The list was kept.
view-done-renamed = The list was renamed.
view-done-shared = Everybody sees this list now; each finds the leads that they may see.
view-done-private = You alone see this list now.
view-done-removed = The list is kept no longer. Its leads are unchanged.
chip-reminder-due = due { $length } ago
chip-reminder-in = in { $length }
reminders = Reminders
reminder-for = Remind
reminder-for-me = me
reminder-date = Date
reminder-time = Time
reminder-hint = Time at the office. When it comes, the lead stands first among your reminders, and a mail without personal data tells you.
reminder-set = Set the reminder
reminder-tomorrow = Next working morning ({ $when })
reminder-three-days = In 3 days or after ({ $when })
reminder-monday = Next Monday or after ({ $when })
reminder-done = Done
reminder-set-by = { $who } (set by { $by })
reminder-time-wrong = Choose a date and a time. Nothing was set.
reminder-time-past = That time has passed. Choose one that is to come. Nothing was set.
reminder-time-far = Choose a time within two years. Nothing was set.
reminder-no-owner = This lead has no owner who can be reminded. Nothing was set.
reminder-taken = Its owner has set a reminder already. Nothing was changed.
lead-done-reminder = The reminder was set.
lead-done-reminder-done = The reminder is done.
lead-mail-reminder = Reminder
reply-button = Reply
reply-hint = Shows the address alone, with the reason “reply”, and is kept in the audit.
reply-shown = The address is shown, and kept in the audit. Masked again after a minute.
reply-to = To
reply-call = Telephone
reply-write = Write a mail
reply-dial = Call
reply-copy = Copy
reply-copied = Copied
reply-then = When you have begun, change the stage so that colleagues know.
reply-attempting = Stage: Attempting
reply-none = There is no address to reply to. Nothing was shown.
keys-reply = Reply

# Passkeys, and mails to staff about their accounts

console-passkeys = Passkeys
console-passkeys-intro = A passkey signs you in with your fingerprint, face or device PIN: no password, no code, and nothing that a false page could ask you for.
console-passkeys-address = Browsers allow passkeys only under a name over https, or on localhost. To use them, open the console at such an address and set it in leadseal.toml, for example:
console-passkey-new = Add a passkey
console-passkey-new-intro = Your browser asks where to keep the passkey: on this device, on a security key, or in your password manager.
console-passkey-name = Name of the passkey
console-passkey-name-hint = By which you will know it: the device, for example.
console-passkey-without = This browser can’t use passkeys here, or JavaScript is off. Sign in with your password and a code as before.
console-passkey-failed = The browser gave no passkey. Try again, or use another way.
console-passkey-not-added = The passkey was not added: it is known already, or was not made for this page. Please try again.
console-passkey-back = Back to your account
console-passkey-added = added
console-passkey-used = last used
console-passkey-unused = not used yet
console-passkey-remove-title = Take it away
console-passkey-remove-intro = It will let nobody in any more. Delete it on your device or in your password manager too.
console-passkey-remove = Take it away
console-passkey-sign-in = Sign in with a passkey
console-passkey-confirm = Confirm with a passkey
console-passkey-wrong = This passkey is not accepted. Use another one, or your password.
console-passkey-over = The page was open for too long. Please press the button again.
console-done-passkey-added = The passkey is added. It can sign you in from now on.
console-done-passkey-named = The passkey has its new name.
console-done-passkey-removed = The passkey is taken away.
console-staff-passkeys = passkeys: { $count }
console-staff-link-mailed = A link was mailed to { $address }. It works once, within 24 hours.
console-staff-link-not-mailed = Nothing was mailed to { $address }, since no mail goes out yet: [mail] in leadseal.toml sets that up.
console-staff-link-too = You can also hand over this one. The first to be used ends the other; it is shown only now.
mail-staff-operator = The operator of this installation
mail-staff-by = { $name }
mail-invitation-heading = Your invitation to Leadseal
mail-invitation-heading-subject = Your invitation to Leadseal ({ $site })
mail-invitation-intro = { $by } has invited you to Leadseal, the console in which enquiries and requests from your web forms are worked on.
mail-invitation-what-to-do = Choose your password on this page. The link works once, within 24 hours of this mail.
mail-invitation-button = Choose a password
mail-invitation-unasked = If this means nothing to you, delete this mail: without a password nobody can use the account. Do not pass the link on; whoever has it can choose the password.
mail-reset-heading = Choose a new password for Leadseal
mail-reset-heading-subject = Choose a new password for Leadseal ({ $site })
mail-reset-intro = { $by } has reset your sign-in to Leadseal. Your old password does not work any more, and you are signed out everywhere.
mail-reset-what-to-do = Choose a new password on this page. The link works once, within 24 hours of this mail.
mail-reset-unasked = If you did not expect this, ask the person who looks after Leadseal at your company. Do not pass the link on; whoever has it can choose the password.
mail-new-device-heading = New sign-in to your account
mail-new-device-heading-subject = New sign-in to your Leadseal account ({ $site })
mail-new-device-intro = Somebody signed in to your account from a browser that was not used with it before.
mail-new-device-when = When
mail-new-device-browser = Browser
mail-new-device-account = Account
mail-new-device-what-to-do = If it was you, there is nothing to do. If not: end that session on your account’s page and change your password there at once, and tell the person who looks after Leadseal at your company.
mail-new-device-button = Open your account
mail-new-device-unasked = Leadseal does not keep from which network somebody signs in, so this mail can’t name it. You get it once for each browser, and again after a change of password.
