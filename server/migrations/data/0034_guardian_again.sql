-- A child's account that waits for a guardian again, since one has taken a yes back; none: it waits since its registration, or does
-- not wait.
ALTER TABLE person ADD COLUMN waits_since BIGINT;
