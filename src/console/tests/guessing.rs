//! Guessing at passwords, from many networks at once.

use super::*;

#[tokio::test]
async fn a_thousand_guesses_from_two_hundred_networks_lock_nobody_out_and_get_nowhere() {
    let app = App::new();
    app.staff("owner@example.jp", Role::Owner);
    let mut known = Browser::at(&app, [192, 0, 2, 1]);
    known.sign_in("owner@example.jp").await;
    known.act("/console/sign-out", &[]).await;
    let (mut checked, mut told_to_wait) = (0, 0);
    for n in 0u32..1000 {
        let network = [198, 18, u8::try_from(n % 200).unwrap(), 1];
        let mut guesser = Browser::at(&app, network);
        let answer = guesser.try_password("owner@example.jp", &format!("guess number {n}")).await;
        match answer.status {
            StatusCode::UNPROCESSABLE_ENTITY => checked += 1,
            StatusCode::TOO_MANY_REQUESTS => told_to_wait += 1,
            other => panic!("{other}"),
        }
        assert!(guesser.cookies.is_empty());
        if n % 250 == 249 {
            // From a network of the guessers: the owner's browser is known.
            known.at = SocketAddr::from((network, 50_000));
            known.sign_in("owner@example.jp").await;
            known.act("/console/sign-out", &[]).await;
            // And from a new browser at home.
            Browser::at(&app, [203, 0, 113, 5]).sign_in("owner@example.jp").await;
        }
    }
    assert_eq!((checked, told_to_wait), (200, 800));
    // The entries are written behind the answers.
    let written = || app.audited("sign-in-refused");
    for _ in 0..500 {
        if !written().is_empty() {
            break;
        }
        tokio::task::yield_now().await;
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    assert!((1..=10).contains(&written().len()), "{:?}", written());
    assert!(app.store.verify_audit().unwrap().broken_at.is_none());
}

#[tokio::test]
async fn an_unknown_address_is_slowed_down_just_the_same() {
    let app = App::new();
    app.staff("taro@example.jp", Role::Rep);
    let mut outcomes = Vec::new();
    for address in ["taro@example.jp", "none@example.jp"] {
        let mut browser = Browser::at(&app, [192, 0, 2, u8::try_from(address.len()).unwrap()]);
        let mut statuses = Vec::new();
        for _ in 0..8 {
            let answer = browser.try_password(address, "wrong").await;
            statuses.push((answer.status, answer.header("retry-after").to_owned()));
        }
        outcomes.push(statuses);
    }
    assert_eq!(outcomes[0], outcomes[1]);
    assert_eq!(outcomes[0].last().unwrap(), &(StatusCode::TOO_MANY_REQUESTS, "30".to_owned()));
}

#[tokio::test]
async fn guesses_at_once_gain_nothing() {
    let app = App::new();
    app.staff("taro@example.jp", Role::Rep);
    let guess = |n: u32| {
        let app = &app;
        async move { Browser::new(app).try_password("taro@example.jp", &format!("guess {n}")).await.status }
    };
    let all = futures_util::future::join_all((0..40).map(guess)).await;
    assert_eq!(all.iter().filter(|status| **status == StatusCode::UNPROCESSABLE_ENTITY).count(), 5);
}
