"""Pages of a domain in a crawl, by the loop of OpenWebMath and DeepSeekMath: train, classify, ask, train again."""
