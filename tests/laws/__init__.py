"""Laws that hold on every scenario, on generated ones."""
