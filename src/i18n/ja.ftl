# Japanese. Every key here is also in en.ftl. Arguments are the owner's words and our numbers,
# never a visitor's value.

## The form's page

page-required = 必須
page-optional = 任意
page-required-sometimes = 条件により必須
page-shown-if = 「{ $label }」で「{ $choices }」を選んだ場合にご記入ください。
page-shown-if-any = 「{ $label }」に回答した場合にご記入ください。
page-required-if = 「{ $label }」で「{ $choices }」を選んだ場合は必須です。
page-required-if-any = 「{ $label }」に回答した場合は必須です。
page-or = 」または「
page-submit = 送信する
page-submit-confirm = 入力内容を確認する
page-select-placeholder = 選択してください
page-error-title = エラー: { $title }
page-error-summary = 入力内容に問題があります（{ $count }件）
page-lang-nav = 表示言語
page-lang-name = 日本語
page-honeypot-label = この欄は入力しないでください
page-consent-policy = プライバシーポリシーを読む
page-opens-new-window = 新しいウィンドウで開きます
page-captcha-no-script = JavaScript が無効のため確認を表示できません。このまま送信できます。もう一度ボタンを押していただいたあと、担当者が内容を確認します。
page-values-kept = 入力された内容は下のフォームに残っています。
page-reload = ページを開き直す
page-back-to-form = フォームに戻る
page-back-to-site = サイトに戻る
page-skip = 本文へ移動
page-privacy-note = 送信内容は受信と同時に暗号化され、担当者だけが閲覧できます。

## Parts of a name and examples

name-family = 姓
name-given = 名
kana-family = セイ
kana-given = メイ
label-with-part = { $label }（{ $part }）
hint-postal-code = 例: 100-0001
hint-tel = 例: 03-1234-5678
hint-kana = 全角カタカナ（ひらがな、半角カナも使えます）
hint-date = 例: 2026-04-01
hint-max-length = { $max }文字以内

## The confirm page

confirm-title = 入力内容のご確認
confirm-not-sent = まだ送信されていません。
confirm-what-to-do = 内容をご確認のうえ、よろしければ「{ $button }」を押してください。
confirm-send = この内容で送信する
confirm-back = 戻って修正する
confirm-blank = （未入力）
confirm-agreed = 同意する
confirm-not-agreed = 同意しない
confirm-and = 、

## What the script says

script-sending = 送信しています。
script-next = 次へ
script-back = 戻る
script-step = { $steps }段階中{ $step }段階目
script-address-filled = 郵便番号から住所を入力しました。続きをご入力ください。
script-address-choose = この郵便番号には複数の住所があります。該当するものを選択してください。
script-meant = もしかして: { $address }

## After a success

thanks-title = 送信が完了しました
thanks-body = お問い合わせいただき、ありがとうございます。内容を確認のうえ、担当者よりご連絡いたします。
thanks-receipt = 受付番号
thanks-receipt-note = お問い合わせの際は、この番号をお伝えください。
thanks-mail = 確認のメールをお送りしました。届かない場合は、迷惑メールフォルダーもご確認ください。

## Problems with an answer

problem-required = 「{ $label }」を入力してください。
problem-choice-required = 「{ $label }」を選択してください。
problem-consent-required = 「{ $label }」への同意が必要です。内容をご確認のうえ、チェックを入れてください。
problem-too-short = 「{ $label }」は{ $min }文字以上で入力してください。
problem-too-long = 「{ $label }」は{ $max }文字以内で入力してください。
problem-email = 「{ $label }」はメールアドレスの形式（例: name@example.co.jp）で入力してください。
problem-business-email = 「{ $label }」には会社や団体のメールアドレスを入力してください。フリーメールや携帯電話のアドレスはご利用いただけません。
problem-tel = 「{ $label }」は市外局番から始まる電話番号（例: 03-1234-5678）で入力してください。
problem-postal-code = 「{ $label }」は7桁の郵便番号（例: 100-0001）で入力してください。
problem-prefecture = 「{ $label }」は都道府県名から選択してください。
problem-url = 「{ $label }」は http:// または https:// で始まるURLで入力してください。
problem-number = 「{ $label }」は数字で入力してください。
problem-below-min = 「{ $label }」は{ $min }以上の数で入力してください。
problem-above-max = 「{ $label }」は{ $max }以下の数で入力してください。
problem-date = 「{ $label }」は実在する日付（例: 2026-04-01）で入力してください。
problem-before-min = 「{ $label }」は{ $min }以降の日付を入力してください。
problem-after-max = 「{ $label }」は{ $max }以前の日付を入力してください。
problem-kana = 「{ $label }」はカタカナで入力してください。
problem-choice = 「{ $label }」は選択肢の中から選んでください。
problem-too-few-choices = 「{ $label }」は{ $min }つ以上選択してください。
problem-too-many-choices = 「{ $label }」は{ $max }つまで選択できます。
problem-pattern = 「{ $label }」は指定された形式で入力してください。
problem-control-characters = 「{ $label }」に改行や使用できない文字が含まれています。取り除いて入力し直してください。
problem-card-number = 「{ $label }」にクレジットカード番号と思われる数字が含まれています。安全のため、削除してから送信してください。
problem-my-number = 「{ $label }」にマイナンバーと思われる数字が含まれています。安全のため、削除してから送信してください。
problem-repeated = 「{ $label }」の値が複数送信されました。1つだけ入力してください。

## A post that could not be read

refused-title = 送信できませんでした
refused-unsupported-media-type = この形式では受け付けていません。お手数ですが、フォームのページから送信してください。
refused-unsupported-media-type-program = Content-Type には application/json、application/x-www-form-urlencoded、multipart/form-data のいずれかを1回だけ指定してください。
refused-unsupported-charset = 文字コードに対応していません。UTF-8 または Shift_JIS で送信してください。
refused-invalid-text = 読み取れない文字が含まれていました。お手数ですが、フォームのページを開き直して入力してください。
refused-invalid-text-program = 本文に、指定の文字コードとして読めない文字か NUL が含まれています。UTF-8 で送信してください。
refused-malformed = 送信された内容を読み取れませんでした。お手数ですが、フォームのページを開き直して、もう一度送信してください。
refused-malformed-program = 本文が Content-Type の書式に従っていません。JSON は、schema.json にある名前と値を並べた1つのオブジェクトにしてください。
refused-repeated-key = 同じ項目名が2回以上送信されました。項目ごとに1回だけ送信してください。
refused-too-many-values = 送信された項目が多すぎます。お手数ですが、フォームのページから送信してください。
refused-too-many-values-program = 本文の値の数が上限を超えています。schema.json にある名前だけを送信してください。
refused-too-long = 長すぎる項目があります。内容を短くしてから、もう一度送信してください。
refused-too-deep = 送信された内容の構造が複雑すぎて読み取れません。
refused-file = このフォームではファイルを受け付けていません。ファイルを外して、もう一度送信してください。
refused-unknown-fields = このフォームにない項目が{ $count }件含まれています。

## A post that was screened out

refused-check-title = もう一度ボタンを押してください
refused-check = 自動送信を防ぐための確認です。数秒おいてから、もう一度送信ボタンを押してください。まだ送信されていません。
refused-captcha-title = 送信前の確認が済んでいません
refused-captcha = 送信ボタンの上にある確認を済ませてから、もう一度送信してください。まだ送信されていません。
refused-check-program = 確認が必要です。challenge を解き、結果を `_proof` に入れてもう一度送信してください。
refused-token-missing = フォームのページを経由していないため、受け付けられませんでした。このページの内容を確認し、もう一度送信してください。
refused-state = 確認画面の有効期限が切れたか、内容を読み取れませんでした。送信はされていません。お手数ですが、もう一度ご入力ください。

## Other pages

error-unknown-form-title = フォームが見つかりません
error-unknown-form = お探しのフォームは、終了したか、アドレスが変わった可能性があります。リンク元のページをご確認ください。
error-not-found-title = ページが見つかりません
error-not-found = アドレスをご確認ください。
error-unavailable-title = ただいま受け付けられません
error-unavailable = 申し訳ございません。システムの都合により、送信を受け付けられませんでした。しばらくしてから、もう一度送信してください。
error-rate-limited-title = 送信が続いています
error-rate-limited = 短い時間に多くのアクセスがありました。{ $seconds }秒ほど待ってから、もう一度お試しください。
error-method-title = この方法では利用できません
error-method = フォームのページを開いて送信してください。
error-method-program = このアドレスでは使えないメソッドです。使えるものは Allow ヘッダーに示しています。
error-too-large-title = 送信内容が大きすぎます
error-too-large = 送信できる上限を超えています。内容を短くしてから、もう一度送信してください。
error-timeout-title = 送信が時間内に終わりませんでした
error-timeout = 通信が途中で止まりました。接続をご確認のうえ、もう一度送信してください。
error-origin-title = このサイトからは送信できません
error-origin = このページからの送信は許可されていません。フォームのページから送信してください。
error-key-mismatch-title = 同じ受付キーで別の内容が送信されました
error-key-mismatch = 新しい受付キーを使って、もう一度送信してください。
error-bad-key-title = 受付キーを読み取れません
error-bad-key = Idempotency-Key は、制御文字を含まない1〜200文字で指定してください。
error-internal-title = エラーが発生しました
error-internal = 申し訳ございません。送信は完了していません。しばらくしてから、もう一度お試しください。

## The mail to staff

mail-notify-subject = 新規リード #{ $number } { $form }
mail-notify-subject-facets = 新規リード #{ $number } { $form }（{ $facets }）
mail-notify-preview = 「{ $form }」に新しいお問い合わせが届きました。
mail-notify-heading = 新しいお問い合わせが届きました
mail-notify-button = 内容を開く
mail-notify-masked = 個人情報は伏せて表示しています。全文は「{ mail-notify-button }」からご覧ください。閲覧は記録されます。
mail-notify-deadline = { $deadline }までにご対応ください。
mail-notify-enquiry-count = この方からの{ $count }件目のお問い合わせ
mail-notify-received = 受付日時
mail-notify-token = リードID
mail-notify-form = フォーム
mail-notify-site = サイト
mail-notify-source = 参照元
mail-notify-consents = 同意
mail-notify-granted = 同意あり
mail-notify-declined = 同意なし
mail-notify-corrects = 送信し直された内容です（前回: { $token }）。
mail-notify-footer = このメールは Leadseal が自動で送信しています。
list-separator = ・

## The mail that reminds staff of a lead

mail-reminder-subject = リマインダー: リード #{ $number } { $form }
mail-reminder-heading = リードのリマインダー
mail-reminder = 設定された時刻になりました。「{ $form }」のリード #{ $number } をご確認ください。
mail-reminder-after = 対応が済んだら、リードのページで「完了にする」を押してください。

## The mail to the visitor

mail-reply-receipt = 受付番号: { $receipt }

## 通知メールのボタンから開くページ
link-token = リードID
link-unknown-title = ページが見つかりません
link-unknown = このリンクは正しくないか、リードがすでに消去されています。メールのリンクがすべて含まれているかご確認ください。

## People's requests about their own data: the mail

mail-request-access-heading = お預かりしている個人情報のご確認
mail-request-access-heading-subject = お預かりしている個人情報のご確認（{ $site }）
mail-request-access = { $site }が、このメールアドレスについて、お預かりしている個人情報を確認したいとのご請求を受け付けました。
mail-request-access-open = 下のボタンから専用のページを開くと、お預かりしている内容をご覧いただけます。このメールには内容を記載していません。
mail-request-erase-heading = 個人情報の消去のご請求
mail-request-erase-heading-subject = 個人情報の消去のご請求（{ $site }）
mail-request-erase = { $site }が、このメールアドレスについて、お預かりしている個人情報を消去したいとのご請求を受け付けました。
mail-request-erase-open = 下のボタンから専用のページを開き、消去を確定してください。確定されるまでは何も消去されません。
mail-request-button = 専用のページを開く
mail-request-ends = リンクは{ $date }まで有効で、一度だけお使いいただけます。
mail-request-unasked = お心当たりがない場合は、このメールを破棄してください。ページで操作されない限り、何も表示されず、何も消去されません。
mail-request-nothing = このメールアドレスでお預かりしている個人情報はありませんでした。お手続きは不要です。
mail-request-nothing-other = 別のメールアドレスでお問い合わせいただいたことがある場合は、お手数ですが、そのアドレスであらためてご請求ください。
mail-request-nothing-unasked = お心当たりがない場合は、このメールを破棄してください。

## People's requests about their own data: the page

request-access-title = お預かりしている個人情報のご確認
request-access-intro = { $site }が、このメールアドレスのお問い合わせなどでお預かりしている内容を表示します。
request-access-once = 表示できるのは一度だけです。手元に残したい場合は、表示された画面でファイルを保存してください。
request-access-button = 内容を表示する
request-erase-title = 個人情報の消去
request-erase-intro = { $site }が、このメールアドレスのお問い合わせなどでお預かりしている内容を、すべて消去します。
request-erase-once = 消去した内容は元に戻せません。対応中のお問い合わせには、お返事できなくなります。
request-erase-button = すべて消去する
request-link-ends = このリンクは{ $date }まで有効です。何もせずに閉じると、何も変わりません。
request-held-title = お預かりしている内容
request-held-count = お問い合わせなどを{ $count }件お預かりしています。
request-held-none = このメールアドレスでお預かりしている内容はありませんでした。
request-held-save = ファイル（JSON）を保存する
request-held-used = このリンクは使用済みです。この画面を閉じると、もう一度表示することはできません。
request-held-sent = 送信日時
request-held-receipt = 受付番号
request-held-values = ご記入内容
request-held-source = お越しになった経路
request-held-page = ご覧になったページ
request-held-referrer = その前のページ
request-held-consents = 同意の記録
request-held-granted = 同意されました
request-held-declined = 同意されていません
request-held-purpose = 目的
request-held-version = 文面の版
request-held-masked = 一部だけを保存しています
request-held-digest = 照合用の値だけを保存しています。元の内容は読み取れません。
request-held-file = personal-data.json
request-erased-title = 消去が完了しました
request-erased-intro = お預かりしていた内容を消去しました。この画面は控えとしてお使いください。
request-erased-number = ご請求の番号
request-erased-count = 消去したお問い合わせなど
request-erased-count-value = { $count }件
request-erased-at = 消去した日時
request-erased-rest-title = このほかに残るものと、その期限
request-erased-envelopes = 暗号化されたまま受付用のサーバーに残る写しは、{ $date }までに消えます。
request-erased-quarantine = 迷惑送信の疑いで隔離された送信は、封をしたまま保管され、中を検索できません。担当者が削除するまで残ります。
request-erased-backups = バックアップに残る写しは暗号化されており、それを開く鍵も消去しました。鍵のバックアップの保存期間が過ぎると、誰にも開けなくなります。
request-erased-mark = 消去前に送られた内容が遅れて届いても受け付けないよう、メールアドレスから作った照合用の値（元に戻せません）を8日間だけ残します。
request-unknown-title = このリンクは使えません
request-unknown = リンクが正しくないか、すでに使用されたか、有効期限が切れています。必要な場合は、あらためてご請求ください。
request-failed-title = いまは処理できませんでした
request-failed = 申し訳ございません。リンクはまだ使えます。しばらくしてから、もう一度お試しください。
request-busy-title = アクセスが集中しています
request-busy = 1分ほどお待ちいただいてから、もう一度お試しください。

# サイトAPI: サイトのサーバーが署名して送る呼び出し。そのサーバーの管理者が読む。

site-unsigned-title = 署名がありません
site-unsigned = leadseal-key、webhook-id、webhook-timestamp、webhook-signature のいずれかのヘッダーがないか、重複しているか、形式が正しくありません。docs/site-api.md をご覧ください。
site-unknown-key-title = このサイトキーは登録されていません
site-unknown-key = 失効したか、別の環境のキーか、キーのファイルがこのサーバーにコピーされていません。leadseal site-key new サイトID で新しいキーを作ってください。
site-bad-signature-title = 署名が一致しません
site-bad-signature = キーは登録されていますが、署名が合いません。キーの全体をもう一度貼り付け、途中のプロキシがパスや本文を書き換えていないことを確かめてください。
site-clock-skew-title = サーバーの時計がずれています
site-clock-skew = 両サーバーの時計が { $seconds } 秒ずれています（許容は300秒まで）。呼び出し側のサーバーの時計を合わせ、NTPで正しく保ってください。
site-replayed-title = この呼び出しはすでに使われています
site-replayed = webhook-id は呼び出しごとに新しくしてください。
site-not-found-title = このサイトにそのフォームはありません
site-not-found = サイトキーで使えるのは、そのサイトのフォームだけです。一覧は GET /site/v1/forms で確かめられます。
site-too-large-title = 送信された内容が大きすぎます
site-too-large = 本文、またはそのうちの値が上限を超えています。上限は docs/site-api.md をご覧ください。
site-timeout-title = 送信に時間がかかりすぎました
site-timeout = 本文が時間内に届きませんでした。同じ webhook-id でもう一度送ってください。
site-malformed-title = 送信された内容を読み取れませんでした
site-query = この呼び出しにクエリは使えません。? から後ろを外してください。
site-broken = 本文が途中で途切れました。同じ webhook-id でもう一度送ってください。
site-body = 本文の { $line } 行目の { $column } バイト目から先が docs/site-api.md の形式と異なります。
site-key-mismatch-title = 同じ webhook-id で別の内容が送られました
site-key-mismatch = 別の内容は、新しい webhook-id で送ってください。
site-rate-limited-title = 呼び出しが多すぎます
site-rate-limited = 短い時間に多くの呼び出しがありました。約 { $seconds } 秒待ってから、同じ内容をもう一度送ってください。
site-unavailable-title = ただいま受け付けられません
site-unavailable = 何も保存されていません。数分後に、同じ webhook-id で同じ内容をもう一度送ってください。原因はサーバーのログと leadseal doctor で確かめられます。

## The console

console-nav = 管理画面のメニュー
console-nav-staff = 担当者
console-nav-account = アカウント
console-back = 管理画面の最初のページへ
console-cancel = やめる
console-sign-in-title = 管理画面にサインイン
console-sign-in = サインイン
console-sign-in-help = パスワードを忘れた場合や、リンクの期限が切れた場合は、管理責任者に新しいリンクの発行を依頼してください。
console-sign-in-wrong = メールアドレスまたはパスワードが違います。
console-wait = 失敗が続いたため、少し時間をおいてからお試しください。アカウントは停止されていません。
console-wait-seconds = 失敗が続いたため、あと{ $count }秒お待ちください。アカウントは停止されていません。
console-wait-minutes = 失敗が続いたため、あと{ $count }分ほどお待ちください。アカウントは停止されていません。
console-address = メールアドレス
console-password = パスワード
console-code-title = 確認コードの入力
console-code = 確認コード
console-code-hint = 認証アプリに表示されている6桁の数字です。アプリが使えないときは、回復用コードを入力してください。
console-code-wrong = コードが違うか、すでに使われています。新しいコードを入力してください。
console-from-beginning = 最初からやり直す
console-sign-out = サインアウト
console-signed-out-title = サインアウトしました
console-signed-out = このブラウザーのサインインは終了しました。
console-sign-in-again = もう一度サインインする
console-to-sign-in = サインインのページへ
console-link-title = パスワードの設定
console-link-intro = このリンクは一度だけ使えます。これから使うパスワードを決めてください。
console-link-button = 設定してサインイン
console-link-enter-title = 管理画面をひらく
console-link-enter-intro = このリンクは一度だけ使えます。
console-link-gone-title = このリンクは使えません
console-link-gone = リンクが正しくないか、期限が切れたか、すでに使われています。管理責任者に新しいリンクの発行を依頼してください。
console-password-new = 新しいパスワード
console-password-again = 新しいパスワード（もう一度）
console-password-current = 現在のパスワード
console-password-change = パスワードを変更する
console-password-none = パスワードはまだ設定されていません。
console-password-hint = 英数字なら12文字以上、ひらがな・カタカナ・漢字なら8文字以上。ほかで使っていないものにしてください。
console-password-short = パスワードが短すぎます。英数字なら12文字以上、ひらがな・カタカナ・漢字なら8文字以上にしてください。
console-password-long = パスワードが長すぎます。512バイト以内にしてください。
console-password-guessable = 推測されやすいパスワードです。よくある単語や名前、並んだ文字を避け、関係のない言葉を3つ以上つなげてみてください。
console-password-differs = 2回入力した新しいパスワードが一致しません。
console-confirm-title = ご本人の確認
console-confirm-intro = 重要な操作のため、もう一度確認させてください。確認は10分間有効です。
console-confirm-button = 確認して続ける
console-confirm-wrong = パスワードが違います。
console-not-allowed-title = この操作は許可されていません
console-not-allowed = あなたの役割では、このページを使えません。必要な場合は、管理責任者にご相談ください。
console-not-found-title = ページが見つかりません
console-not-found = アドレスが正しくないか、表示する権限がありません。
console-foreign-title = 送信できませんでした
console-foreign = このページが古くなっているか、別の場所から送信されました。変更は行われていません。管理画面を開き直してから、もう一度操作してください。
console-too-large-title = 送信内容が大きすぎます
console-too-large = 変更は行われていません。内容を短くして、もう一度お試しください。
console-account-title = アカウント
console-name = 名前
console-role = 役割
console-role-owner = 管理責任者
console-role-manager = マネージャー
console-role-rep = 営業担当
console-role-privacy-officer = 個人情報保護担当
console-role-auditor = 監査担当
console-done-password = パスワードを変更しました。ほかのブラウザーのサインインは終了しました。
console-done-sessions = サインインを終了しました。
console-done-totp-on = 2段階認証を有効にしました。
console-done-totp-off = 2段階認証を無効にしました。
console-totp-title = 2段階認証
console-totp-is-on = 有効です。サインインのときに認証アプリのコードを入力します。
console-totp-is-off = 無効です。パスワードが漏れてもサインインされないように、有効にすることをおすすめします。
console-totp-codes-left = 残りの回復用コードは{ $count }個です。
console-totp-on = 有効にする
console-totp-off = 無効にする
console-totp-renew = 設定し直す
console-totp-step-app = スマートフォンに認証アプリを用意します。
console-totp-step-scan = アプリでこの図を読み取ります。
console-totp-step-code = アプリに表示された6桁の数字を入力します。
console-totp-picture = 認証アプリで読み取るQRコード
console-totp-type = 読み取れない場合は、次のキーを入力してください。
console-totp-code = 6桁のコード
console-totp-again = 設定の途中で内容が変わりました。新しい図で、もう一度お試しください。
console-codes-title = 回復用コード
console-codes-intro = 認証アプリが使えなくなったとき、1個につき一度だけサインインに使えます。この画面でしか表示されません。印刷するか、安全な場所に控えてください。
console-codes-kept = 控えました
console-sessions = サインイン中のブラウザー
console-sessions-intro = 心当たりのないものがあれば終了し、パスワードを変更してください。
console-session-this = このブラウザー
console-session-began = 開始
console-session-seen = 最後の操作
console-session-end = 終了する
console-sessions-end = ほかをすべて終了する
console-staff-title = 担当者
console-staff-intro = 管理画面を使う人と、その役割です。
console-staff-new = 担当者を追加
console-staff-add = 追加してリンクを表示
console-staff-change = 変更
console-staff-back = 担当者の一覧へ
console-staff-seen = 最後のサインイン
console-staff-never = まだありません
console-staff-disabled = 停止中
console-staff-invited = パスワード未設定
console-staff-by-password = パスワードのみ
console-staff-by-code = 2段階認証
console-staff-link-title = この担当者のリンク
console-staff-link = このリンクで一度だけパスワードを設定できます。期限は24時間です。この画面でしか表示されないので、本人だけが読める方法で渡してください。
console-staff-rights = 役割と担当範囲
console-staff-save = 変更を保存
console-staff-ends-sessions = 保存すると、この担当者のサインインは終了します。
console-staff-reset-title = サインインできないとき
console-staff-reset-intro = いまのパスワードを無効にして、新しいパスワードを決めるためのリンクを発行します。
console-staff-reset-totp = 2段階認証も解除する（アプリと回復用コードを失ったとき）
console-staff-reset = リンクを発行
console-staff-off-title = 利用の停止
console-staff-disable-intro = すぐにサインアウトされ、再開するまでサインインできません。監査記録は残ります。
console-staff-disable = 停止する
console-staff-enable-intro = 以前と同じ方法で、またサインインできるようになります。
console-staff-enable = 再開する
console-staff-enable-first = 停止中の担当者です。先に再開してください。
console-staff-own = 自分のアカウントはここでは変更できません。ほかの管理責任者に依頼してください。
console-staff-last-owner = サインインできる管理責任者がほかにいません。先にもう一人追加してください。
console-staff-address-wrong = メールアドレスの形式が正しくありません。
console-staff-address-taken = このメールアドレスの担当者はすでにいます。
console-staff-name-wrong = 名前は1文字以上100文字以内で入力してください。
console-staff-rights-wrong = 自分の役割や担当範囲を超える設定はできません。
console-scope = 担当するリード
console-scope-hint = 何も選ばない場合は、あなたが見られるすべてが対象です。
console-scope-all = すべて
console-scope-site = サイト
console-scope-form = フォーム

# 管理画面：リードの一覧・ページ・検索

console-nav-inbox = 受信箱
console-nav-search = 検索
link-title = リードを開いています
link-go-on = リードのページへ進む

stage-new = 未対応
stage-attempting = 連絡中
stage-connected = 接触済み
stage-nurturing = 育成中
stage-qualified = 有望
stage-unqualified = 対象外
source-cpc = 広告
source-email = メール
source-social = SNS
source-referral = 他サイトのリンク
source-organic = 検索
source-direct = 直接
source-other = その他
no-lead-no-fit = ニーズに合わない
no-lead-no-budget = 予算・時期が合わない
no-lead-lost = 他社に決まった
no-lead-unreachable = 連絡がつかない
no-lead-duplicate = 重複
no-lead-solicitation = 営業・売り込み
no-lead-spam = いたずら・迷惑送信
no-lead-other = その他
reason-reply = お問い合わせへの返答
reason-handover = 別システム（CRMなど）への引き継ぎ
reason-data-subject-request = ご本人からの請求への対応
reason-support = 不具合の調査
reason-audit = 取り扱いの監査
length-minutes = { $count }分
length-hours = { $count }時間
length-days = { $count }日
chip-overdue = 期限超過 { $length }
chip-due = あと{ $length }
chip-age = { $length }前
owner-nobody = 担当者なし
owner-take = 自分が担当する

inbox-title = 受信箱
inbox-views = 表示するリード
inbox-view-new = 未対応
inbox-view-mine = 自分の担当
inbox-view-overdue = 期限超過
inbox-view-all = すべて
inbox-filter = 絞り込み
inbox-any = 指定しない
inbox-site = サイト
inbox-form = フォーム
inbox-stage = 段階
inbox-owner = 担当者
inbox-source = 流入元
inbox-tag = タグ
inbox-since = 受付日（から）
inbox-until = 受付日（まで）
inbox-apply = 絞り込む
inbox-clear = 絞り込みを解除
inbox-when = 受付・期限
inbox-lead = リード
inbox-company = 会社
inbox-nameless = （お名前なし）
inbox-again = { $count }件目
inbox-shown = このページに{ $count }件
inbox-pages = ページ送り
inbox-first = 最初のページ
inbox-before = 前のページ
inbox-after = 次のページ
inbox-last = 最後のページ
inbox-unclear = アドレスの条件に読み取れないものがあったため、それを除いて表示しています。
inbox-empty-first-title = まだリードはありません
inbox-empty-first = フォームから送信があると、ここに届きます。まずはご自分で一度送信して、通知メールが届くことまでお確かめください。
inbox-empty-new-title = 未対応のリードはありません
inbox-empty-new = すべてのリードに誰かが対応しています。新しい送信があるとここに表示されます。
inbox-empty-mine-title = 担当中のリードはありません
inbox-empty-mine = 「未対応」の一覧で a キーか「自分が担当する」を押すと、ここに移ります。
inbox-empty-overdue-title = 期限を過ぎたリードはありません
inbox-empty-overdue = 期限はフォームごとに answer_within_minutes で決まり、営業時間だけを数えます。
inbox-empty-filter-title = 条件に合うリードはありません
inbox-empty-filter = 条件を減らすか、絞り込みを解除してください。

search-title = 検索
search-intro = 値が完全に一致するリードを探します。全角・半角や電話番号の書き方の違いは問いません。検索した値は保存されず、検索したことだけが監査記録に残ります。
search-by = 何で探しますか
search-by-email = メールアドレス
search-by-tel = 電話番号
search-by-company = 会社名
search-by-receipt = 受付番号（#1042 または ls_…）
search-value = 値
search-button = 検索する
search-empty = 探す値を入力してください（400バイト以内）。
search-busy = 短い時間に多く検索されました。少し待ってからもう一度お試しください。
search-none = 見つかりませんでした
search-found = { $count }件見つかりました

lead-back = 受信箱に戻る
lead-values = 送信された内容
lead-came-from = 流入の記録
lead-hashed = （照合用の値だけを保存しています）
lead-reason = 表示する理由
lead-reason-choose = 選択してください
lead-reveal-all = すべて表示
lead-reveal-one = 表示
lead-reveal-notes = メモを表示
lead-reveal-hint = 表示するたびに、理由とともに監査記録に残ります。1分後、またはタブを離れると再び伏せられます。
lead-reveal-needs-reason = 表示する理由を選んでください。何も表示していません。
lead-reveal-what = 表示する項目を選んでください。何も表示していません。
lead-reveal-no-audit = 監査記録に書き込めないため、表示できません。サーバーの空き容量を管理者にご確認ください。
lead-reveal-no-key = このリードの鍵が見つからないため、表示できません。消去されたか、鍵束が別のものです。
lead-reveal-failed = 保存された値を開けませんでした。何も表示していません。管理者にご連絡ください。
lead-revealed = 表示しました。監査記録に残っています。1分後に再び伏せられます。
lead-notes = メモ
lead-no-notes = メモはありません。
lead-note-closed = （封印されています）
lead-note-new = 新しいメモ
lead-note-hint = 項目と同じように封印して保存され、リードの消去とともに消えます。
lead-note-add = メモを追加
lead-note-empty = メモを入力してください。
lead-note-long = メモは{ $count }文字以内で入力してください。保存していません。
lead-consents = 同意の記録
lead-no-consents = このフォームは同意を求めていません。
lead-consent-yes = 同意あり
lead-consent-no = 同意なし
lead-consent-purpose = 目的
lead-consent-version = 文面の版
lead-work = 対応
lead-stage = 段階
lead-no-lead = 対象外の理由
lead-no-lead-why = 対象外とする理由（「対象外」のとき必須）
lead-stage-set = 段階を変更
lead-stage-needs-reason = 対象外とする理由を選んでください。変更していません。
lead-stage-unknown = 段階を一覧から選んでください。変更していません。
lead-owner = 担当者
lead-owner-set = 担当者を変更
lead-owner-unknown = このリードを担当できる人を選んでください。変更していません。
lead-tags = タグ
lead-tags-hint = 空白で区切ります。個人情報は書かないでください（封印されません）。
lead-tags-set = タグを変更
lead-tags-wrong = タグは24文字以内の1語で、文字・数字・ハイフン・下線が使えます。7桁以上の数字やアドレスは使えません。変更していません。
lead-tags-many = タグは{ $count }個までです。変更していません。
lead-no-tags = なし
lead-overtaken = このページを開いたあとに、ほかの方がこのリードを変更しました。いまの内容をご確認のうえ、必要ならもう一度変更してください。今回の変更は行っていません。
lead-received = 受付日時
lead-due = 返答の期限
lead-site = サイト
lead-source = 流入元
lead-lang = 言語
lead-enquiries = 同じ方からのお問い合わせ
lead-mails = メール
lead-no-mails = このリードのメールはありません。
lead-mail-notification = 通知
lead-mail-auto-reply = 自動返信
lead-mail-sent = { $kind }：送信済み
lead-mail-dead = { $kind }：送信できませんでした
lead-mail-waiting = { $kind }：送信待ち
lead-mail-again = { $kind }：再送待ち
lead-mail-retry = もう一度送る
lead-retry-none = このメールは送信済みか、見つかりません。
lead-events = 履歴
lead-no-events = まだ変更はありません。
lead-event-stage = 段階を「{ $becomes }」に変更
lead-event-owner = 担当者を「{ $becomes }」に変更
lead-event-tags = タグを「{ $becomes }」に変更
lead-event-reason = （{ $reason }）
lead-by-command = コマンド
lead-done-stage = 段階を変更しました。
lead-done-owner = 担当者を変更しました。
lead-done-tags = タグを変更しました。
lead-done-note = メモを封印して保存しました。
lead-done-retry = メールを送信待ちに戻しました。

keys-title = キーボード操作
keys-move = 次・前のリードへ
keys-open = リードを開く
keys-back = 受信箱に戻る
keys-take = 自分が担当する
keys-stage = 段階を変える
keys-note = メモを書く
keys-reveal = 値を表示する（理由を選ぶ）
keys-search = 検索する
keys-help = この一覧を表示
keys-close = 閉じる
keys-hint = ? を押すと、キーボード操作の一覧を表示します。
