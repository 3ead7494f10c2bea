-- What must be true of the service's own rows, asked of them by plain SQL: each count is to be 0.
--
-- Bookings of one card are numbered in the order in which they happened, because each was written
-- while its transaction held the card's row: so the sum of a card's bookings up to each of them is
-- what the card had spent just then.

SELECT 'times a card was above its limit' AS rule, COUNT(*) AS broken
FROM (SELECT c.spending_limit,
             SUM(t.amount) OVER (PARTITION BY p.card_id ORDER BY t.id) AS spent
      FROM balance_transactions t
      JOIN payments p ON p.id = t.payment_id
      JOIN cards c ON c.id = p.card_id) AS history
WHERE spent > spending_limit

UNION ALL
SELECT 'cards without exactly one first payment', COUNT(*)
FROM (SELECT card_id FROM payments GROUP BY card_id HAVING SUM(first_of_card) <> 1) AS cards_paid

UNION ALL
SELECT 'payments not authorized exactly once, for their amount', COUNT(*)
FROM (SELECT p.id
      FROM payments p
      LEFT JOIN balance_transactions t ON t.payment_id = p.id AND t.kind = 'authorization'
      GROUP BY p.id, p.amount
      HAVING COUNT(t.id) <> 1 OR SUM(t.amount) <> p.amount) AS wrong

UNION ALL
SELECT 'payments refunded beyond their amount', COUNT(*)
FROM (SELECT payment_id FROM balance_transactions
      GROUP BY payment_id HAVING SUM(amount) < 0) AS below_nothing

UNION ALL
SELECT 'cards whose summary is not the sum of their bookings', COUNT(*)
FROM (SELECT c.id
      FROM cards c
      LEFT JOIN card_activity s ON s.card_id = c.id
      LEFT JOIN (SELECT p.card_id, SUM(t.amount) AS total
                 FROM payments p JOIN balance_transactions t ON t.payment_id = p.id
                 GROUP BY p.card_id) AS booked ON booked.card_id = c.id
      WHERE COALESCE(s.total_spent, 0) <> COALESCE(booked.total, 0)) AS different;
