// What the service says, as JSON. An error says what went wrong, why, and what to do next.
#pragma once

#include <chrono>
#include <string>

#include "http_server.hpp"
#include "payments.hpp"
#include "transactions.hpp"

namespace payment_service {

[[nodiscard]] HttpReply error_reply(unsigned status, const std::string& what,
                                    const std::string& why, const std::string& next);

// 201 the first time, 200 afterwards.
[[nodiscard]] HttpReply receipt_reply(const Outcome<Receipt>& outcome, unsigned status_if_new);

// `database_time` is what the card's figures took.
[[nodiscard]] HttpReply card_reply(const Outcome<CardPage>& outcome,
                                   std::chrono::microseconds database_time);

[[nodiscard]] HttpReply failure_reply(const Failure& failure);
[[nodiscard]] HttpReply refusal_reply(const Refusal& refusal);

}  // namespace payment_service
