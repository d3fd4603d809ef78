// SPDX-License-Identifier: Apache-2.0
// Mechanical mutations of source files, for tests/protocol/mutation/run:
//
//   mutations SEED FILE...         lists them, in an order that the seed gives
//   mutations SEED FILE... = N     prints the file of the N-th (from 1) as it is with that mutation
//
// A line of the list is: number, file, line, the text before and after, with tabs in between. It
// knows tokens but no grammar, so that some mutations do not compile; those do not count. A file
// keeps its lines, so that what is compiled differs in the mutation alone. Assertions are left out:
// they state what the code does, they do not do it.
#include <algorithm>
#include <cctype>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

struct Token {
  std::size_t at;
  std::string text;
};

struct Mutation {
  std::string file;
  std::size_t at;  // in the file's text
  std::string before;
  std::string after;
};

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

// The end of a string or a character that begins at `at`.
std::size_t end_of_literal(const std::string& text, std::size_t at) {
  const char quote = text[at];
  if (quote == '"' && at > 0 && text[at - 1] == 'R') {
    const std::string closing = ")" + text.substr(at + 1, text.find('(', at) - at - 1) + "\"";
    return text.find(closing, at) + closing.size();
  }
  for (++at; at < text.size() && text[at] != quote; ++at) at += text[at] == '\\' ? 1 : 0;
  return at + 1;
}

// Where the code continues if there is a comment, a literal, a directive or space at `at`,
// otherwise `at`.
std::size_t skip(const std::string& text, std::size_t at) {
  const std::string_view rest = std::string_view(text).substr(at);
  const bool quote_of_number = at > 0 && is_word(text[at - 1]);
  if (std::isspace(static_cast<unsigned char>(rest[0])) != 0) return at + 1;
  if (rest.starts_with("//") || rest[0] == '#') return std::min(text.find('\n', at), text.size());
  if (rest.starts_with("/*")) return text.find("*/", at) + 2;
  if (rest[0] == '"' || (rest[0] == '\'' && !quote_of_number)) return end_of_literal(text, at);
  return at;
}

std::string_view operator_at(const std::string& text, std::size_t at) {
  static const std::string_view known[] = {"<=>", "<<=", ">>=", "...", "->", "::", "<<", ">>",
                                           "<=",  ">=",  "==",  "!=",  "&&", "||", "++", "--",
                                           "+=",  "-=",  "*=",  "/=",  "%=", "&=", "|=", "^="};
  for (const std::string_view one : known) {
    if (std::string_view(text).substr(at).starts_with(one)) return one;
  }
  return std::string_view(text).substr(at, 1);
}

std::vector<Token> tokens_of(const std::string& text) {
  std::vector<Token> tokens;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t next = skip(text, at);
    if (next != at) {
      at = next;
      continue;
    }
    std::size_t end = at;
    const bool number = std::isdigit(static_cast<unsigned char>(text[at])) != 0;
    while (end < text.size() &&
           (is_word(text[end]) || (number && (text[end] == '.' || text[end] == '\''))))
      ++end;
    if (end == at) end = at + operator_at(text, at).size();
    tokens.push_back({at, text.substr(at, end - at)});
    at = end;
  }
  return tokens;
}

class Mutator {
 public:
  Mutator(std::string file, const std::string& text)
      : file_(std::move(file)), text_(text), tokens_(tokens_of(text)) {}

  std::vector<Mutation> all() {
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      const std::string& token = tokens_[i].text;
      if (token == "assert" || token == "static_assert") {
        i = end_of_statement(i);
      } else if (token == "template") {
        i = closing(i + 1, "<", ">");
      } else {
        at_token(i);
        at_statement(i);
      }
    }
    return std::move(found_);
  }

 private:
  const std::string& text_of(std::size_t i) const {
    static const std::string none;
    return i < tokens_.size() ? tokens_[i].text : none;
  }

  // The token that closes what the token `from` opens; past the end where nothing does.
  std::size_t closing(std::size_t from, std::string_view open, std::string_view close) const {
    int depth = 0;
    for (std::size_t i = from; i < tokens_.size(); ++i) {
      if (tokens_[i].text == open) ++depth;
      if (tokens_[i].text == close && --depth <= 0) return i;
    }
    return tokens_.size();
  }

  // The `;` of the statement that begins at `from`, or where a block begins or ends before there is
  // one.
  std::size_t end_of_statement(std::size_t from) const {
    int depth = 0;
    for (std::size_t i = from; i < tokens_.size(); ++i) {
      const std::string& token = tokens_[i].text;
      if (token == "(" || token == "[" || token == "{") ++depth;
      if (token == ")" || token == "]" || token == "}") --depth;
      if (depth < 0 || (depth == 0 && token == ";")) return i;
    }
    return tokens_.size();
  }

  // Replaces the tokens from `first` until before `end`; lines that go are made up for.
  void replace(std::size_t first, std::size_t end, std::string after) {
    if (end > tokens_.size() || first >= end) return;
    const std::size_t at = tokens_[first].at;
    const std::size_t length = tokens_[end - 1].at + tokens_[end - 1].text.size() - at;
    std::string before = text_.substr(at, length);
    if (before == after) return;
    const auto lines = std::count(before.begin(), before.end(), '\n');
    const auto kept = std::count(after.begin(), after.end(), '\n');
    after.append(static_cast<std::size_t>(std::max<std::ptrdiff_t>(lines - kept, 0)), '\n');
    found_.push_back({file_, at, std::move(before), std::move(after)});
  }

  std::string source(std::size_t first, std::size_t end) const {
    const std::size_t at = tokens_[first].at;
    return text_.substr(at, tokens_[end - 1].at + tokens_[end - 1].text.size() - at);
  }

  // Operators, constants and the like: one token for another.
  void at_token(std::size_t i) {
    static const std::map<std::string, std::vector<std::string>> other{
        {"<", {"<=", ">="}},
        {"<=", {"<", ">"}},
        {">", {">=", "<="}},
        {">=", {">", "<"}},
        {"==", {"!="}},
        {"!=", {"=="}},
        {"&&", {"||"}},
        {"||", {"&&"}},
        {"+", {"-"}},
        {"-", {"+"}},
        {"*", {"/"}},
        {"/", {"*"}},
        {"+=", {"-=", "="}},
        {"-=", {"+=", "="}},
        {"*=", {"/="}},
        {"/=", {"*="}},
        {"++", {"--"}},
        {"--", {"++"}},
        {"!", {""}},
        {"true", {"false"}},
        {"false", {"true"}},
        {"min", {"max"}},
        {"max", {"min"}},
        {"any_of", {"all_of", "none_of"}},
        {"all_of", {"any_of"}},
        {"none_of", {"any_of"}},
        {"max_element", {"min_element"}},
        {"min_element", {"max_element"}}};
    const std::string& token = text_of(i);
    if (text_of(i - 1) == "operator") return;
    // Without spaces around it, it is not an operator between two values, but part of a type.
    const bool ambiguous = token == "<" || token == ">" || token == "*" || token == "&&";
    const auto found = other.find(token);
    if (found != other.end() && !(ambiguous && text_[tokens_[i].at - 1] != ' ')) {
      for (const std::string& after : found->second) replace(i, i + 1, after);
    }
    if (std::isdigit(static_cast<unsigned char>(token[0])) == 0) return;
    std::size_t digits = 0;
    const unsigned long long value = std::stoull(token, &digits, 0);
    const std::string rest = token.substr(digits);
    if (rest.find_first_of(".'px") != std::string::npos) return;
    replace(i, i + 1, std::to_string(value + 1) + rest);
    if (value > 0) replace(i, i + 1, std::to_string(value - 1) + rest);
  }

  // Conditions negated, results changed, statements dropped.
  void at_statement(std::size_t i) {
    const std::string& token = text_of(i);
    if ((token == "if" || token == "while") && text_of(i + 1) == "(") {
      const std::size_t end = closing(i + 1, "(", ")");
      if (end > i + 2) replace(i + 2, end, "!(" + source(i + 2, end) + ")");
      return;
    }
    if (token == "return") {
      const std::size_t end = end_of_statement(i);
      if (end <= i + 1 || text_of(end) != ";") return;
      replace(i + 1, end, "!(" + source(i + 1, end) + ")");
      static const std::set<std::string> nothing{"{}",      "false",        "0",
                                                 "nullptr", "std::nullopt", "\"\""};
      if (!nothing.contains(source(i + 1, end))) replace(i + 1, end, "{}");
      return;
    }
    static const std::set<std::string> no_statement{
        "if",    "for",    "while", "do",     "switch",  "case", "default", "using",  "namespace",
        "class", "struct", "enum",  "public", "private", "else", "const",   "static", "constexpr"};
    const std::string& last = text_of(i - 1);
    const bool labelled = last == ":" && (text_of(i - 2) == "default" || after_case(i - 2));
    const bool begins = last == ";" || last == "{" || last == "}" || last == ")" || last == "else";
    if (!(begins || labelled) || !is_word(token[0]) || no_statement.contains(token)) return;
    const std::size_t end = end_of_statement(i);
    // A declaration has two words side by side before anything else; a definition, a block.
    if (text_of(end) != ";" || is_word(text_of(i + 1)[0]) || has_block(i, end)) return;
    replace(i, end, "");
  }

  bool after_case(std::size_t i) const {
    for (std::size_t back = 0; back < 4 && back < i; ++back) {
      if (text_of(i - back) == "case") return true;
    }
    return false;
  }

  bool has_block(std::size_t first, std::size_t end) const {
    int depth = 0;
    for (std::size_t i = first; i < end; ++i) {
      if (text_of(i) == "(") ++depth;
      if (text_of(i) == ")") --depth;
      if (depth == 0 && text_of(i) == "{" && text_of(i - 1) != "=") return true;
    }
    return false;
  }

  std::string file_;
  const std::string& text_;
  std::vector<Token> tokens_;
  std::vector<Mutation> found_;
};

std::string read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string on_one_line(const std::string& text) {
  std::string result;
  for (const char c : text) {
    const bool space = std::isspace(static_cast<unsigned char>(c)) != 0;
    if (!space) result += c;
    if (space && (result.empty() || result.back() != ' ')) result += ' ';
  }
  while (result.ends_with(' ')) result.pop_back();
  return result;
}

// In an order that depends on the seed alone, with no line twice.
std::vector<Mutation> draw(std::uint64_t seed, const std::map<std::string, std::string>& texts) {
  std::vector<Mutation> all;
  for (const auto& [file, text] : texts) {
    for (Mutation& mutation : Mutator(file, text).all()) all.push_back(std::move(mutation));
  }
  std::mt19937_64 random(seed);
  // std::shuffle may differ from one library to another.
  for (std::size_t i = all.size(); i > 1; --i) std::swap(all[i - 1], all[random() % i]);
  return all;
}

std::ptrdiff_t line_of(const std::string& text, std::size_t at) {
  return 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n');
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() < 2) {
    std::fputs("usage: mutations SEED FILE... [= N]\n", stderr);
    return 2;
  }
  const auto equals = std::find(words.begin(), words.end(), "=");
  std::map<std::string, std::string> texts;
  for (auto file = words.begin() + 1; file != equals; ++file) texts[*file] = read(*file);
  const std::vector<Mutation> all = draw(std::stoull(words[0]), texts);

  if (equals != words.end()) {
    const Mutation& mutation = all.at(std::stoull(*(equals + 1)) - 1);
    std::string text = texts.at(mutation.file);
    text.replace(mutation.at, mutation.before.size(), mutation.after);
    std::fwrite(text.data(), 1, text.size(), stdout);
    return 0;
  }
  std::set<std::pair<std::string, std::ptrdiff_t>> lines;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const std::ptrdiff_t line = line_of(texts.at(all[i].file), all[i].at);
    if (!lines.insert({all[i].file, line}).second) continue;
    std::printf("%zu\t%s\t%td\t%s\t%s\n", i + 1, all[i].file.c_str(), line,
                on_one_line(all[i].before).c_str(), on_one_line(all[i].after).c_str());
  }
  return 0;
}
