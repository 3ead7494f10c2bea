-- What each summary should be, written by hand, against what it is, over all keys.

WITH
  requests AS (
    SELECT p.card_id, p.merchant_id, p.created_at, h.kind, h.approved, t.amount
    FROM payments p
    JOIN request_histories h ON h.payment_id = p.id
    JOIN balance_transactions t ON t.id = h.balance_transaction_id
    WHERE p.voided = 0
  ),
  cards AS (
    SELECT card_id, SUM(amount), SUM(kind = 'authorization' AND approved), SUM(amount < 0),
           MAX(kind = 'authorization' AND approved), MAX(amount), MIN(created_at)
    FROM requests GROUP BY card_id
  ),
  merchants AS (
    SELECT merchant_id, SUM(amount), COUNT(*),
           AVG(amount) FILTER (WHERE kind = 'authorization' AND approved), MAX(kind = 'refund')
    FROM requests GROUP BY merchant_id
  ),
  kept_cards AS (
    SELECT card_id, total_spent, payments, refunds, has_made_transactions, largest_payment,
           first_request_at
    FROM card_activity
  ),
  kept_merchants AS (
    SELECT merchant_id, turnover, requests, average_payment, has_refunds FROM merchant_activity
  ),
  differing_cards AS (
    SELECT card_id FROM (SELECT * FROM cards EXCEPT SELECT * FROM kept_cards)
    UNION
    SELECT card_id FROM (SELECT * FROM kept_cards EXCEPT SELECT * FROM cards)
  ),
  differing_merchants AS (
    SELECT merchant_id FROM (SELECT * FROM merchants EXCEPT SELECT * FROM kept_merchants)
    UNION
    SELECT merchant_id FROM (SELECT * FROM kept_merchants EXCEPT SELECT * FROM merchants)
  )
SELECT format('card_activity: %d keys differ of %d', (SELECT count(*) FROM differing_cards),
              (SELECT count(*) FROM cards))
UNION ALL
SELECT format('merchant_activity: %d keys differ of %d', (SELECT count(*) FROM differing_merchants),
              (SELECT count(*) FROM merchants));
