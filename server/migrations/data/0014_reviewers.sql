-- 人工复核: who reviewed what a program had decided; sealed. No review is answered without (个保法 24(3)).
ALTER TABLE request ADD COLUMN reviewer BLOB
    CHECK (kind <> 'review' OR status NOT IN ('fulfilled', 'denied') OR reviewer IS NOT NULL);
