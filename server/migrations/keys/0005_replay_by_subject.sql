-- The log holds what must be replayed exactly (password, phone, username, 生前安排) sealed under the person's own key, as it stands
-- in its row. Once a newer entry of the same kind is there, the older one's sealed content is dropped: it is found by this.
CREATE INDEX replay_log_by_subject ON replay_log (subject, kind, at);
