-- The list as one would ask for it without a summary: every public memo is read and sorted.
SELECT m.id, m.author_id,
       ROW_NUMBER() OVER (ORDER BY m.made_at, m.id),
       CASE WHEN m.withdrawn = 0
            THEN ROW_NUMBER() OVER (PARTITION BY m.author_id ORDER BY m.made_at, m.id) ELSE 0 END,
       m.title
FROM memos m
WHERE m.private = 0
ORDER BY m.made_at, m.id;
