CREATE TABLE sales (
  shop INT NOT NULL, number INT NOT NULL,
  clerk VARCHAR(30) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NOT NULL,
  sold_at DATETIME NOT NULL, cents BIGINT NOT NULL, PRIMARY KEY (shop, number)) ENGINE=InnoDB;
