DROP TABLE attachments;
DROP TABLE messages;
DROP TABLE participants;
DROP TABLE tickets;
DROP TABLE users;
DROP TABLE meta;
